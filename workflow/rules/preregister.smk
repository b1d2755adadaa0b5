# simulate_ahead   config, figures up to the month before the start → ahead/power.parquet; only where
#                  a plan comes before the figures of its windows and its test can be simulated
# preregister      config, the same figures → preregistration/plan.{md,json},
#                  preregistration/plan.<language>.{html,pdf}
#
# Other plans take size and power from a finished run of the same specification, where there is one
# and the study states that its figures had been seen.
from evaluation.analyses.preregistration.ahead import is_simulated
from evaluation.analyses.preregistration.finished import finished_run

AT_HAND = AS_SHIPPED and not RELEASE
REGISTERED = f"{OUT}/preregistration/plan"
SIMULATED = []


if AT_HAND and simulated_first():

    rule simulate_ahead:
        input:
            data=expand(f"{config['data']}/{{table}}.csv", table=SHIPPED),
            specification=rules.specification.output[0],
            code=code("simulate_ahead"),
        output:
            f"{OUT}/ahead/power.parquet",
        log:
            f"{OUT}/logs/simulate_ahead.log",
        benchmark:
            f"{OUT}/benchmarks/simulate_ahead.tsv"
        resources:
            mem_mb=memory(2000),
            runtime=480,
        params:
            where=CONFIG_FILE,
        script:
            "../scripts/simulate_ahead.py"

    SIMULATED = rules.simulate_ahead.output


rule preregister:
    input:
        data=expand(f"{config['data']}/{{table}}.csv", table=SHIPPED) if AT_HAND else [],
        specification=rules.specification.output[0],
        statements=rules.statements.output[0],
        simulated=SIMULATED,
        code=code(
            "preregister",
            *beside("page/templates"),
            *[path for language in LANGUAGES for path in words(language)],
        ),
        estimates=code("estimate"),
    output:
        expand(f"{REGISTERED}.{{language}}.{{kind}}", language=LANGUAGES, kind=["html", "pdf"]),
        f"{REGISTERED}.md",
        f"{REGISTERED}.json",
    log:
        f"{OUT}/logs/preregister.log",
    benchmark:
        f"{OUT}/benchmarks/preregister.tsv"
    params:
        folder=lambda wildcards, output: str(Path(output[0]).parent),
        data=lambda wildcards, input: str(Path(input.data[0]).parent) if AT_HAND else "",
        languages=LANGUAGES,
        labels=labels_of(config),
        vocabularies=vocabulary_of(config, CONFIG_FILE),
        catalogues=catalogues_of(config),
        titles=config["title"],
        backgrounds=config.get("background", {}),
        where=CONFIG_FILE,
        measured=lambda wildcards: (
            finished_run(OUT, STUDY) if STUDY.said.data_seen and not SIMULATED else {}
        ),
    script:
        "../scripts/preregister.py"
