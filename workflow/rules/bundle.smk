# bundle   tables and frames → data.zip: CSV, one workbook a language, parquet, codebook
from evaluation.analyses import exhibits
from evaluation.analyses.bundle import FRAMES as BUNDLED

TABLES = list(exhibits("table", STUDY))


rule bundle:
    input:
        **{name: FRAMES["all_months" if name == "panel" else name] for name in BUNDLED},
        tables=expand(
            f"{OUT}/tables/{{table}}.{{language}}.csv",
            table=TABLES,
            language=LANGUAGES,
        ),
        specification=rules.specification.output[0],
        statements=rules.statements.output[0],
        code=code(
            "bundle",
            *beside("page/reference"),
            *[path for language in LANGUAGES for path in words(language)],
        ),
    output:
        f"{OUT}/data.zip",
    log:
        f"{OUT}/logs/bundle.log",
    benchmark:
        f"{OUT}/benchmarks/bundle.tsv"
    params:
        frames=list(BUNDLED),
        languages=LANGUAGES,
        names=TABLES,
        vocabulary=vocabulary_of(config, CONFIG_FILE),
        catalogues=catalogues_of(config),
        authorship=config.get("authorship", {}),
    script:
        "../scripts/bundle.py"
