# numbers    frames → numbers.json, every number that a sentence of the report uses
# render     frames, numbers → tables/, figures/, report and brief as HTML and PDF; one job a language
# manifest   everything → manifest.json, with the files in the results folder that no rule makes
from evaluation.analyses.figure_data import own_files
from evaluation.study.files import portable
from evaluation.study.specification import labels_of

EXHIBITS = [one for kind in KINDS for one in exhibits(kind, STUDY).values()]
EXTENSIONS = {"table": ["csv", "html", "tex"], "figure": ["svg", "png", "txt"]}
SHOWN = sorted({frame for one in EXHIBITS for frame in one.frames})
FIGURE_DATA = [
    f"{OUT}/{file}"
    for one in EXHIBITS
    if one.kind == "figure"
    for file in own_files(one, STUDY, "{language}").values()
]
FACTS = [one for one in possible(STUDY).values() if one.has_facts]
NUMBERS = sorted({frame for one in FACTS for frame in one.fact_frames})
COMMAND = f"snakemake --configfile {portable(CONFIG_FILE)}" if MAIN else "snakemake"


rule numbers:
    input:
        **{frame: FRAMES[frame] for frame in NUMBERS},
        checked=CHECKED,
        specification=rules.specification.output[0],
        statements=rules.statements.output[0],
        code=code(
            "numbers",
            *beside("analyses/standards/checklists"),
            modules=[f"evaluation.analyses.{one.name}.facts" for one in FACTS],
        ),
    output:
        f"{OUT}/numbers.json",
    log:
        f"{OUT}/logs/numbers.log",
    benchmark:
        f"{OUT}/benchmarks/numbers.tsv"
    script:
        "../scripts/numbers.py"


rule render:
    input:
        **{frame: FRAMES[frame] for frame in SHOWN},
        numbers=rules.numbers.output[0],
        specification=rules.specification.output[0],
        statements=rules.statements.output[0],
        code=lambda wildcards: code(
            "render",
            *beside("page/templates", "page/reference", "analyses/standards/checklists"),
            *words(wildcards.language),
            modules=[
                *(f"evaluation.analyses.{one.folder}.{one.kind}" for one in EXHIBITS),
                *(f"evaluation.analyses.{one.name}.facts" for one in FACTS),
            ],
        ),
    output:
        [exhibit_file(one, extension) for one in EXHIBITS for extension in EXTENSIONS[one.kind]],
        FIGURE_DATA,
        page=f"{OUT}/report.{{language}}.html",
        pdf=f"{OUT}/report.{{language}}.pdf",
        brief=multiext(f"{OUT}/brief.{{language}}", ".html", ".pdf"),
    log:
        f"{OUT}/logs/render_{{language}}.log",
    benchmark:
        f"{OUT}/benchmarks/render_{{language}}.tsv"
    priority: 20
    params:
        frames=SHOWN,
        folder=lambda wildcards, output: str(Path(output.page).parent),
        labels=labels_of(config),
        vocabulary=lambda wildcards: vocabulary_of(config, CONFIG_FILE)[wildcards.language],
        catalogue=lambda wildcards: catalogues_of(config).get(wildcards.language, ""),
        title=lambda wildcards: config["title"][wildcards.language],
        background=lambda wildcards: config.get("background", {}).get(wildcards.language, ""),
        authorship=config.get("authorship", {}),
        languages=LANGUAGES,
    script:
        "../scripts/render.py"


rule manifest:
    input:
        results=[
            rules.build_panel.output.all_months,
            *rules.make_design.output,
            *rules.collect.output,
            *[FRAMES[analysis] for analysis in ANALYSES],
            rules.numbers.output[0],
            *expand(rules.render.output, language=LANGUAGES),
            rules.bundle.output[0],
            *expand(rules.explore.output, language=LANGUAGES),
        ],
        numbers=rules.numbers.output[0],
        data=expand(f"{config['data']}/{{table}}.csv", table=SHIPPED),
        specification=rules.specification.output[0],
        statements=rules.statements.output[0],
        code=code("manifest"),
    output:
        f"{OUT}/manifest.json",
    log:
        f"{OUT}/logs/manifest.log",
    params:
        benchmarks=f"{OUT}/benchmarks",
        command=COMMAND,
        left_over=lambda wildcards: left_over(),
    script:
        "../scripts/manifest.py"


PAGES = expand(rules.render.output.page, language=LANGUAGES)
BEFORE = {page: os.stat(page).st_mtime_ns for page in PAGES if os.path.exists(page)}


onsuccess:
    for page in PAGES:
        if os.path.exists(page) and os.stat(page).st_mtime_ns != BEFORE.get(page):
            print(f"The report: {page}")
    for old in left_over()[:1]:
        print(
            f"{OUT} has files that no rule makes, such as {old}: see left_over in its manifest.json"
        )
