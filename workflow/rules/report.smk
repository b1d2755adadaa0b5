# numbers       frames → numbers.json, every number that a sentence of the report uses
# report_page   tables, figures, numbers → report.<language>.html
# manifest      everything → manifest.json
from evaluation.files import portable


rule numbers:
    input:
        **{frame: FRAMES[frame] for frame in NUMBERS},
        specification=rules.specification.output[0],
        code=code("numbers", *beside("reporting/standards")),
    output:
        f"{OUT}/numbers.json",
    log:
        f"{OUT}/logs/numbers.log",
    benchmark:
        f"{OUT}/benchmarks/numbers.tsv"
    script:
        "../scripts/numbers.py"


rule report_page:
    input:
        exhibits=EXHIBIT_FILES,
        numbers=rules.numbers.output[0],
        specification=rules.specification.output[0],
        code=code("report_page", *beside("reporting")),
    output:
        expand(f"{OUT}/report.{{language}}.html", language=LANGUAGES),
    log:
        f"{OUT}/logs/report_page.log",
    benchmark:
        f"{OUT}/benchmarks/report_page.tsv"
    params:
        title=config["title"],
        background=config.get("background", {}),
        languages=LANGUAGES,
        folder=lambda wildcards, output: str(Path(output[0]).parent),
        tables=list(TABLES),
        figures=list(FIGURES),
    script:
        "../scripts/report_page.py"


rule manifest:
    input:
        results=[
            rules.build_panel.output[0],
            *rules.make_design.output,
            *rules.collect.output,
            *[FRAMES[analysis] for analysis in ANALYSES],
            *EXHIBIT_FILES,
            rules.numbers.output[0],
            *rules.report_page.output,
        ],
        numbers=rules.numbers.output[0],
        data=expand(f"{config['data']}/{{table}}.csv", table=SHIPPED),
        specification=rules.specification.output[0],
        code=code("manifest"),
    output:
        f"{OUT}/manifest.json",
    log:
        f"{OUT}/logs/manifest.log",
    params:
        benchmarks=f"{OUT}/benchmarks",
        command=f"snakemake --configfile {portable(CONFIG_FILE)}",
    script:
        "../scripts/manifest.py"


onsuccess:
    if all(os.path.exists(path) for path in rules.report_page.output):
        print(*(f"The report: {path}" for path in rules.report_page.output), sep="\n")
