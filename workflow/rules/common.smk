import os

# The modules behind each job: a changed one reruns what depends on it, and nothing else.
ROOT = Path(os.path.relpath(workflow.basedir))
COMMON = ["errors.py", "files.py", "months.py", "study.py", "tables.py"]
SOURCES = (".py", ".yaml", ".j2", ".css", ".js")


def code(*parts):
    """Source files of rooms (folders) or modules of `src/evaluation`, plus the common ground."""
    root = ROOT / "src" / "evaluation"
    found = [root / name for name in COMMON]
    for part in parts:
        place = root / part
        found += (
            sorted(p for p in place.rglob("*") if p.suffix in SOURCES)
            if place.is_dir()
            else [place]
        )
    return [str(path) for path in found]


wildcard_constraints:
    outcome="|".join(STUDY.outcomes),
    estimator="|".join(STUDY.estimators),


# What each kind of exhibit is made with.
_LANGUAGE = ["reporting/language.py", "reporting/locale"]
REPORTING = {
    "table": [*_LANGUAGE, "reporting/table_writer.py", "reporting/numbers.py", "reporting/tables"],
    "figure": [*_LANGUAGE, "reporting/theme.py", "reporting/outline.py", "reporting/figures"],
    "page": [
        *(*_LANGUAGE, "reporting/page.py", "reporting/templates"),
        *("reporting/numbers.py", "reporting/table_writer.py"),
    ],
}


def exhibit_files(kind, name):
    """The files of one exhibit, in every language."""
    extensions = KINDS[kind][1]
    return [
        f"{OUT}/{kind}s/{name}.{language}.{extension}"
        for language in LANGUAGES
        for extension in extensions
    ]


def shown(path):
    """The file of an exhibit that is looked at goes into Snakemake's own report too."""
    name, language, extension = Path(path).name.split(".")
    if extension not in ("html", "svg"):
        return path
    kind = Path(path).parent.name
    return report(
        path,
        caption=f"../report/{name}.rst",
        category=kind.capitalize(),
        labels={kind.removesuffix("s"): name, "language": language},
    )
