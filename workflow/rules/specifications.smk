# estimate_specifications  panel, sectors, neighbours → specifications/<outcome>/<part>/*.parquet; one
#                          part of each outcome, or as many as `--set-scatter specifications=N` says
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
            table: f"{OUT}/specifications/{{outcome}}/{{scatteritem}}/{table}.parquet"
            for table in SPECIFICATION_TABLES
        },
    log:
        f"{OUT}/logs/estimate_specifications_{{outcome}}_{{scatteritem}}.log",
    benchmark:
        f"{OUT}/benchmarks/estimate_specifications_{{outcome}}_{{scatteritem}}.tsv"
    priority: 10
    resources:
        mem_mb=memory(1500),
        runtime=120,
    script:
        "../scripts/estimate_specifications.py"


rule collect_specifications:
    input:
        **{
            table: [
                part
                for outcome in STUDY.robustness.grid.outcomes
                for part in gather.specifications(
                    f"{OUT}/specifications/{outcome}/{{scatteritem}}/{table}.parquet"
                )
            ]
            for table in SPECIFICATION_TABLES
        },
        code=code("collect_specifications"),
    output:
        **{table: f"{OUT}/analyses/{table}.parquet" for table in SPECIFICATION_TABLES},
    log:
        f"{OUT}/logs/collect_specifications.log",
    benchmark:
        f"{OUT}/benchmarks/collect_specifications.tsv"
    resources:
        mem_mb=memory(1500, times=25, one_by_one=True),
        runtime=60,
    script:
        "../scripts/collect_specifications.py"
