# specification   config → specification.json: every choice, and no words; all jobs read it
# statements      config → statements.json: claims, documents, the frozen hash; few jobs read it
# build_panel      data/*.csv → panel/all_months.parquet, and what the study reads of it and of the
#                  tables by quarter: panel/{panel,followed,ring_quarter,variants,…}.parquet; which
#                  files they come from: panel/files.parquet
# make_design          panel, sectors, neighbours → design/{units,states}.parquet
# refuse_small_cells   panel → design/smallest_cell.json, before anything is written for publication;
#                      only of studies with `disclosure.smallest_cell` above 1
from evaluation.study.specification import specification, statements_of

SHIPPED = ["sector_month", "coverage", "sectors", "neighbours"]
SHIPPED += ["rings", "ring_areas", "ring_quarter", "variants", "variant_coverage"]
SHIPPED += ["quadrants", "city_totals", "data_flow", *(["values", "periods", "covariates"] * PLACE)]


rule specification:
    output:
        f"{OUT}/specification.json",
    log:
        f"{OUT}/logs/specification.log",
    localrule: True
    params:
        content=specification(CONFIG_FILE, config),
    script:
        "../scripts/write_json.py"


rule statements:
    output:
        f"{OUT}/statements.json",
    log:
        f"{OUT}/logs/statements.log",
    localrule: True
    params:
        content=statements_of(config),
    script:
        "../scripts/write_json.py"


rule build_panel:
    input:
        **({} if AS_SHIPPED else {"files": rules.pull.output[0]}),
        data=expand(
            f"{config['data']}/{{table}}.csv",
            table=SHIPPED,
        ),
        specification=rules.specification.output[0],
        code=code("build_panel"),
    output:
        **{name: f"{OUT}/panel/{name}.parquet" for name in CUT},
        all_months=f"{OUT}/panel/all_months.parquet",
        files=f"{OUT}/panel/files.parquet",
    log:
        f"{OUT}/logs/build_panel.log",
    benchmark:
        f"{OUT}/benchmarks/build_panel.tsv"
    params:
        folder=lambda wildcards, input: str(Path(input.data[0]).parent),
        store=SOURCE["store"],
        given=SOURCE.get("panel", ""),
    script:
        "../scripts/build_panel.py"


rule make_design:
    input:
        panel=f"{OUT}/panel/panel.parquet",
        sectors=f"{config['data']}/sectors.csv",
        neighbours=f"{config['data']}/neighbours.csv",
        specification=rules.specification.output[0],
        code=code("make_design"),
    output:
        units=f"{OUT}/design/units.parquet",
        states=f"{OUT}/design/states.parquet",
    log:
        f"{OUT}/logs/make_design.log",
    benchmark:
        f"{OUT}/benchmarks/make_design.tsv"
    script:
        "../scripts/make_design.py"


CHECKED = []
if STUDY.said.smallest_cell > 1:

    rule refuse_small_cells:
        input:
            panel=rules.build_panel.output.all_months,
            specification=rules.specification.output[0],
            code=code("refuse_small_cells"),
        output:
            f"{OUT}/design/smallest_cell.json",
        log:
            f"{OUT}/logs/refuse_small_cells.log",
        benchmark:
            f"{OUT}/benchmarks/refuse_small_cells.tsv"
        priority: 30
        params:
            smallest_cell=STUDY.said.smallest_cell,
        script:
            "../scripts/refuse_small_cells.py"

    CHECKED = rules.refuse_small_cells.output
