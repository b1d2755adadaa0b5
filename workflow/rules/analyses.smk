# analyse   frames → analyses/<analysis>.parquet, by `analyses/<analysis>/compute.py`
# leave_out  the same without rows, for the analyses that the study has nothing for


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
    resources:
        mem_mb=memory(2000, times=25),
        runtime=240,
    script:
        "../scripts/analyse.py"


if LEFT_OUT:

    rule leave_out:
        input:
            code=code(
                "leave_out", modules=[f"evaluation.analyses.{name}.contract" for name in LEFT_OUT]
            ),
        output:
            expand(f"{OUT}/analyses/{{name}}.parquet", name=LEFT_OUT),
        log:
            f"{OUT}/logs/leave_out.log",
        localrule: True
        script:
            "../scripts/leave_out.py"
