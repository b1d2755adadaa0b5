# analyse   frames → analyses/<analysis>.parquet, by `analyses/<analysis>/compute.py`


rule analyse:
    input:
        unpack(lambda wildcards: frames_of(wildcards.analysis)),
        specification=rules.specification.output[0],
        code=lambda wildcards: code(
            "analyse", modules=[f"evaluation.analyses.{wildcards.analysis}.compute"]
        ),
    output:
        f"{OUT}/analyses/{{analysis}}.parquet",
    log:
        f"{OUT}/logs/analyse_{{analysis}}.log",
    benchmark:
        f"{OUT}/benchmarks/analyse_{{analysis}}.tsv"
    script:
        "../scripts/analyse.py"
