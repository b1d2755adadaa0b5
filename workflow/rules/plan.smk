# plan_specification  plan → plan.json, every choice of it
# prepare_plan        panel, units, sectors, neighbours → {candidates,sets}.parquet, order.csv
# simulate_plan       the same, a horizon and a kind of sets a job → simulated/…/{designs,power}.parquet
# collect_plan        all of them → designs.{parquet,csv}, power.parquet
# render_plan         all → plan.<language>.{html,pdf}, map.<language>.svg, detectable.<language>.svg
# The target is `plan`: snakemake plan --configfile config/plans/NAME.yaml
from dataclasses import asdict

from evaluation.study.files import portable
from evaluation.study.specification import labels_of

PLAN_OUT = f"results/plans/{PLAN.plan}"
PLAN_PARTS = expand(
    f"{PLAN_OUT}/simulated/{{outcome}}/{{horizon}}_{{sets}}/{{{{table}}}}.parquet",
    outcome=PLAN.outcomes,
    horizon=PLAN.horizons,
    sets=["random", "best"],
)
PLANNED = [
    f"{PLAN_OUT}/{name}"
    for name in ("designs.parquet", "designs.csv", "power.parquet", "order.csv")
]
PLANNED += expand(
    f"{PLAN_OUT}/plan.{{language}}.{{kind}}", language=LANGUAGES, kind=["html", "pdf"]
)


rule plan_specification:
    output:
        f"{PLAN_OUT}/plan.json",
    log:
        f"{PLAN_OUT}/logs/plan_specification.log",
    params:
        content=asdict(PLAN),
    script:
        "../scripts/write_json.py"


rule prepare_plan:
    input:
        panel=FRAMES["all_months"],
        units=rules.make_design.output.units,
        sectors=FRAMES["sectors"],
        neighbours=FRAMES["neighbours"],
        plan=rules.plan_specification.output[0],
        specification=rules.specification.output[0],
        code=code("prepare_plan"),
    output:
        candidates=f"{PLAN_OUT}/candidates.parquet",
        sets=f"{PLAN_OUT}/sets.parquet",
        order=f"{PLAN_OUT}/order.csv",
    log:
        f"{PLAN_OUT}/logs/prepare_plan.log",
    benchmark:
        f"{PLAN_OUT}/benchmarks/prepare_plan.tsv"
    script:
        "../scripts/prepare_plan.py"


rule simulate_plan:
    input:
        panel=FRAMES["all_months"],
        units=rules.make_design.output.units,
        sectors=FRAMES["sectors"],
        neighbours=FRAMES["neighbours"],
        sets=rules.prepare_plan.output.sets,
        plan=rules.plan_specification.output[0],
        specification=rules.specification.output[0],
        code=code("simulate_plan"),
    output:
        designs=f"{PLAN_OUT}/simulated/{{outcome}}/{{horizon}}_{{sets}}/designs.parquet",
        power=f"{PLAN_OUT}/simulated/{{outcome}}/{{horizon}}_{{sets}}/power.parquet",
    log:
        f"{PLAN_OUT}/logs/simulate_plan_{{outcome}}_{{horizon}}_{{sets}}.log",
    benchmark:
        f"{PLAN_OUT}/benchmarks/simulate_plan_{{outcome}}_{{horizon}}_{{sets}}.tsv"
    wildcard_constraints:
        horizon=r"\d+",
        sets="random|best",
    resources:
        mem_mb=memory(2000),
        runtime=480,
    script:
        "../scripts/simulate_plan.py"


rule collect_plan:
    input:
        designs=expand(PLAN_PARTS, table="designs"),
        power=expand(PLAN_PARTS, table="power"),
        code=code("collect_plan"),
    output:
        designs=f"{PLAN_OUT}/designs.parquet",
        csv=f"{PLAN_OUT}/designs.csv",
        power=f"{PLAN_OUT}/power.parquet",
    log:
        f"{PLAN_OUT}/logs/collect_plan.log",
    script:
        "../scripts/collect_plan.py"


rule render_plan:
    input:
        designs=rules.collect_plan.output.designs,
        candidates=rules.prepare_plan.output.candidates,
        order=rules.prepare_plan.output.order,
        panel=FRAMES["all_months"],
        quadrants=FRAMES["quadrants"],
        plan=rules.plan_specification.output[0],
        specification=rules.specification.output[0],
        code=lambda wildcards: code(
            "render_plan", *beside("page/templates"), *words(wildcards.language)
        ),
    output:
        page=f"{PLAN_OUT}/plan.{{language}}.html",
        pdf=f"{PLAN_OUT}/plan.{{language}}.pdf",
        map=f"{PLAN_OUT}/map.{{language}}.svg",
        detectable=f"{PLAN_OUT}/detectable.{{language}}.svg",
    log:
        f"{PLAN_OUT}/logs/render_plan_{{language}}.log",
    params:
        labels=labels_of(config),
        vocabulary=lambda wildcards: vocabulary_of(config, CONFIG_FILE)[wildcards.language],
        catalogue=lambda wildcards: catalogues_of(config).get(wildcards.language, ""),
        languages=LANGUAGES,
        command=f"snakemake plan --configfile {portable(PLAN_FILE)}",
    script:
        "../scripts/render_plan.py"
