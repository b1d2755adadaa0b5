# delays   located incidents → panel/{reporting_triangle,finality}.parquet: how late files are opened


rule delays:
    input:
        located=rules.locate.output[0] if not SHIPPED else [],
        files=rules.pull.output[0] if not SHIPPED else [],
        outcomes=config["outcome_definitions"],
        code=code("delays"),
    output:
        reporting_triangle=f"{OUT}/panel/reporting_triangle.parquet",
        finality=f"{OUT}/panel/finality.parquet",
    log:
        f"{OUT}/logs/delays.log",
    benchmark:
        f"{OUT}/benchmarks/delays.tsv"
    params:
        store=SOURCE["store"],
    script:
        "../scripts/delays.py"
