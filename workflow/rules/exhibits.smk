# a rule a table    frames → tables/<table>.<language>.{csv,html,tex}
# a rule a figure   frames → figures/<figure>.<language>.{svg,png,txt}
#
# Table, rule and function in `reporting/` have one name; so have figures.
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
    "raw_series": ["panel", "units", "paths"],
    "weights_map": ["weights", "units", "quadrants"],
    "paths": ["paths", "estimates"],
    "gaps": ["paths", "estimates"],
    "placebo_space": ["paths", "placebos"],
    "rmspe_ratio": ["placebos", "estimates"],
}
NUMBERS = [name for name in FRAMES if name not in ("paths", "quadrants")]
EXHIBITS = [("table", name, TABLES[name], ["csv", "html", "tex"]) for name in TABLES]
EXHIBITS += [("figure", name, FIGURES[name], ["svg", "png", "txt"]) for name in FIGURES]
EXHIBIT_FILES = [
    f"{OUT}/{kind}s/{name}.{language}.{extension}"
    for kind, name, _, extensions in EXHIBITS
    for language in LANGUAGES
    for extension in extensions
]


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
        log:
            f"{OUT}/logs/{exhibit}.log",
        benchmark:
            f"{OUT}/benchmarks/{exhibit}.tsv"
        params:
            languages=LANGUAGES,
        script:
            f"../scripts/{kind}.py"
