# analyse   frames → robustness/<analysis>.parquet, by the function of that name in `robustness/`


rule analyse:
    input:
        unpack(lambda wildcards: {name: FRAMES[name] for name in ANALYSES[wildcards.analysis]}),
        specification=rules.specification.output[0],
        code=lambda wildcards: code(
            "analyse", modules=[f"evaluation.robustness.{wildcards.analysis}"]
        ),
    output:
        f"{OUT}/robustness/{{analysis}}.parquet",
    log:
        f"{OUT}/logs/analyse_{{analysis}}.log",
    benchmark:
        f"{OUT}/benchmarks/analyse_{{analysis}}.tsv"
    script:
        "../scripts/analyse.py"
