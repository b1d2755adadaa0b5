# specification   config → specification.json, the study every job reads
# build_panel           data/*.csv → panel/sector_month.parquet
# make_design          panel, sectors, neighbours → design/{units,states}.parquet
SHIPPED = ["sector_month", "coverage", "sectors", "neighbours"]
SHIPPED += ["rings", "ring_areas", "ring_quarter", "variants", "variant_coverage"]
SHIPPED += ["quadrants", "city_totals", "data_flow"]
PUBLISHED = ("title", "background", "languages", "raw", "data_out")


rule specification:
    input:
        outcomes=config["outcome_definitions"],
        calendar=config["treatment_calendar"],
        contamination=config["contamination_calendar"],
        code=code("specification"),
    output:
        f"{OUT}/specification.json",
    log:
        f"{OUT}/logs/specification.log",
    benchmark:
        f"{OUT}/benchmarks/specification.tsv"
    params:
        config={key: value for key, value in config.items() if key not in PUBLISHED},
        where=CONFIG_FILE,
    script:
        "../scripts/specification.py"


rule build_panel:
    input:
        data=expand(
            f"{config['data']}/{{table}}.csv",
            table=SHIPPED,
        ),
        specification=rules.specification.output[0],
        code=code("build_panel"),
    output:
        f"{OUT}/panel/sector_month.parquet",
    log:
        f"{OUT}/logs/build_panel.log",
    benchmark:
        f"{OUT}/benchmarks/build_panel.tsv"
    params:
        folder=lambda wildcards, input: str(Path(input.data[0]).parent),
    script:
        "../scripts/build_panel.py"


rule make_design:
    input:
        panel=rules.build_panel.output[0],
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
