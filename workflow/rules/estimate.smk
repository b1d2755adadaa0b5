# estimate    panel + units → outcomes/<outcome>/{estimates,weights,solutions,paths,…}.parquet
# calibrate   panel + units → calibration/<estimator>/{sizes,power}.parquet (on simulated panels)
# collect     all of them → estimates.{parquet,csv}, weights, solutions, paths, placebos, diagnostics,
#             sizes, power


rule estimate:
    input:
        panel=FRAMES["panel"],
        units=rules.make_design.output.units,
        specification=rules.specification.output[0],
        sectors=FRAMES["sectors"],
        neighbours=FRAMES["neighbours"],
        code=code("estimate"),
    output:
        **{table: f"{OUT}/outcomes/{{outcome}}/{table}.parquet" for table in RESULT_TABLES},
    log:
        f"{OUT}/logs/estimate_{{outcome}}.log",
    benchmark:
        f"{OUT}/benchmarks/estimate_{{outcome}}.tsv"
    resources:
        mem_mb=memory(2000),
        runtime=120,
    script:
        "../scripts/estimate.py"


rule calibrate:
    input:
        panel=FRAMES["panel"],
        units=rules.make_design.output.units,
        specification=rules.specification.output[0],
        code=code("calibrate"),
    output:
        sizes=f"{OUT}/calibration/{{estimator}}/sizes.parquet",
        power=f"{OUT}/calibration/{{estimator}}/power.parquet",
    log:
        f"{OUT}/logs/calibrate_{{estimator}}.log",
    benchmark:
        f"{OUT}/benchmarks/calibrate_{{estimator}}.tsv"
    priority: 10
    resources:
        mem_mb=memory(2000),
        runtime=480,
    script:
        "../scripts/calibrate.py"


rule collect:
    input:
        outcomes=expand(
            f"{OUT}/outcomes/{{outcome}}/{{table}}.parquet",
            outcome=STUDY.outcomes,
            table=RESULT_TABLES,
        ),
        sizes=expand(rules.calibrate.output.sizes, estimator=STUDY.every_estimator),
        power=expand(rules.calibrate.output.power, estimator=STUDY.every_estimator),
        specification=rules.specification.output[0],
        code=code("collect"),
    output:
        **{table: f"{OUT}/{table}.parquet" for table in RESULT_TABLES},
        csv=f"{OUT}/estimates.csv",
        sizes=f"{OUT}/sizes.parquet",
        power=f"{OUT}/power.parquet",
    log:
        f"{OUT}/logs/collect.log",
    benchmark:
        f"{OUT}/benchmarks/collect.tsv"
    params:
        tables=RESULT_TABLES,
        frozen=STUDY.said.frozen,
    script:
        "../scripts/collect.py"
