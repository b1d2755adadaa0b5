# explore   frames → explore.<language>.html, the page on which a reader tries other choices
from evaluation.analyses.explorer.rendered import explored
from evaluation.study.specification import labels_of

EXPLORED = explored(STUDY)


rule explore:
    input:
        **{frame: FRAMES[frame] for frame in EXPLORED},
        specification=rules.specification.output[0],
        statements=rules.statements.output[0],
        code=lambda wildcards: code(
            "explore", *beside("page/templates"), *words(wildcards.language)
        ),
    output:
        f"{OUT}/explore.{{language}}.html",
    log:
        f"{OUT}/logs/explore_{{language}}.log",
    benchmark:
        f"{OUT}/benchmarks/explore_{{language}}.tsv"
    params:
        frames=EXPLORED,
        labels=labels_of(config),
        vocabulary=lambda wildcards: vocabulary_of(config, CONFIG_FILE)[wildcards.language],
        catalogue=lambda wildcards: catalogues_of(config).get(wildcards.language, ""),
        title=lambda wildcards: config["title"][wildcards.language],
    script:
        "../scripts/explore.py"
