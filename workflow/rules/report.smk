# a rule a table    frames → tables/<table>.<language>.{csv,html,tex}
# a rule a figure   frames → figures/<figure>.<language>.{svg,png,txt}
# numbers           frames → numbers.json, every number that a sentence of the report uses
# report_page       all of them → report.<language>.html
# manifest          everything → manifest.json
FRAMES = {
    "panel": rules.build_panel.output[0],
    "units": rules.make_design.output.units,
    **{table: f"{OUT}/{table}.parquet" for table in [*RESULT_TABLES, "sizes", "headline_audit"]},
    **{
        table: f"{config['data']}/{table}.csv"
        for table in ["sectors", "quadrants", "coverage", "data_flow"]
    },
}
TABLES = {  # table: the frames it is a view of
    "design": ["units", "panel", "estimates"],
    "data_flow": ["data_flow", "panel", "units"],
    "headline_audit": ["headline_audit"],
    "main_effects": ["estimates", "panel"],
    "weights": ["weights", "solutions", "sectors", "estimates"],
    "inference": ["estimates", "sizes"],
}
FIGURES = {  # figure: the frames it draws
    "sectors_map": ["units", "quadrants"],
    "raw_series": ["panel", "units"],
    "weights_map": ["weights", "units", "quadrants"],
    "paths": ["paths", "estimates"],
    "gaps": ["paths", "estimates"],
    "placebo_space": ["paths", "placebos"],
    "rmspe_ratio": ["placebos", "estimates"],
}
NUMBERS = ["estimates", "sizes", "panel", "units", "headline_audit", "placebos", "weights"]
EXHIBITS = [("table", name, TABLES[name], ["csv", "html", "tex"]) for name in TABLES]
EXHIBITS += [("figure", name, FIGURES[name], ["svg", "png", "txt"]) for name in FIGURES]
SHOWN = {"table": "html", "figure": "svg"}  # the file that Snakemake's own report embeds
EXHIBIT_FILES = [
    f"{OUT}/{kind}s/{name}.{language}.{extension}"
    for kind, name, _, extensions in EXHIBITS
    for language in LANGUAGES
    for extension in extensions
]


def exhibit_file(kind, name, language, extension):
    """An exhibit's output; the one that is looked at goes into Snakemake's report too."""
    path = f"{OUT}/{kind}s/{name}.{language}.{extension}"
    if extension != SHOWN[kind]:
        return path
    caption, labels = f"../report/{name}.rst", {kind: name, "language": language}
    return report(path, caption=caption, category=f"{kind}s".capitalize(), labels=labels)


for kind, exhibit, frames, extensions in EXHIBITS:

    rule:
        name:
            exhibit
        input:
            **{frame: FRAMES[frame] for frame in frames},
            specification=rules.specification.output[0],
            code=code("panel", "robustness/calibration.py", *REPORTING[kind]),
        output:
            [
                exhibit_file(kind, exhibit, language, extension)
                for language in LANGUAGES
                for extension in extensions
            ],
        params:
            languages=LANGUAGES,
        log:
            f"{OUT}/logs/{exhibit}.log",
        benchmark:
            f"{OUT}/benchmarks/{exhibit}.tsv"
        script:
            f"../scripts/{kind}.py"


rule numbers:
    input:
        **{frame: FRAMES[frame] for frame in NUMBERS},
        specification=rules.specification.output[0],
        code=code("panel", "robustness/calibration.py", "reporting/numbers.py"),
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
        code=code(*REPORTING["page"]),
    output:
        expand(f"{OUT}/report.{{language}}.html", language=LANGUAGES),
    params:
        title=config["title"],
        languages=LANGUAGES,
        folder=OUT,
        tables=list(TABLES),
        figures=list(FIGURES),
    log:
        f"{OUT}/logs/report_page.log",
    benchmark:
        f"{OUT}/benchmarks/report_page.tsv"
    script:
        "../scripts/report_page.py"
