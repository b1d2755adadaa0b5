# estimate_specifications  panel, sectors, neighbours → specifications/<outcome>/*.parquet
# collect_specifications   all of them → analyses/{specifications,specification_scores}.parquet


rule estimate_specifications:
    input:
        panel=FRAMES["panel"],
        sectors=FRAMES["sectors"],
        neighbours=FRAMES["neighbours"],
        specification=rules.specification.output[0],
        code=code("estimate_specifications"),
    output:
        **{
            table: f"{OUT}/specifications/{{outcome}}/{table}.parquet"
            for table in SPECIFICATION_TABLES
        },
    log:
        f"{OUT}/logs/estimate_specifications_{{outcome}}.log",
    benchmark:
        f"{OUT}/benchmarks/estimate_specifications_{{outcome}}.tsv"
    priority: 10
    script:
        "../scripts/estimate_specifications.py"


rule collect_specifications:
    input:
        **{
            table: expand(
                f"{OUT}/specifications/{{outcome}}/{table}.parquet",
                outcome=STUDY.robustness.grid.outcomes,
            )
            for table in SPECIFICATION_TABLES
        },
        code=code("collect_specifications"),
    output:
        **{table: f"{OUT}/analyses/{table}.parquet" for table in SPECIFICATION_TABLES},
    log:
        f"{OUT}/logs/collect_specifications.log",
    benchmark:
        f"{OUT}/benchmarks/collect_specifications.tsv"
    script:
        "../scripts/collect_specifications.py"
