# Which modules a rule runs: a changed module reruns what depends on it, and nothing else.
COMMON = ["errors.py", "files.py", "months.py", "study.py", "tables.py"]
SOURCES = (".py", ".yaml", ".j2", ".css", ".js")


def code(*parts):
    """Source files of rooms (folders) or modules of `src/evaluation`, plus the common ground."""
    root = Path("src/evaluation")
    found = [root / name for name in COMMON]
    for part in parts:
        place = root / part
        found += sorted(p for p in place.rglob("*") if p.suffix in SOURCES) if place.is_dir() else [place]
    return [str(path) for path in found]


wildcard_constraints:
    outcome="|".join(STUDY.outcomes),
    estimator="|".join(STUDY.estimators),
    language="|".join(LANGUAGES),


# What each kind of exhibit is made with.
_LANGUAGE = ["reporting/language.py", "reporting/locale"]
REPORTING = {
    "table": [*_LANGUAGE, "reporting/table_writer.py", "reporting/tables"],
    "figure": [*_LANGUAGE, "reporting/theme.py", "reporting/outline.py", "reporting/figures"],
    "page": [*_LANGUAGE, "reporting/page.py", "reporting/templates"],
}
