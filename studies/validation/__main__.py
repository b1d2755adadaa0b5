"""Write docs/validation.md and the numbers in the READMEs of the examples."""

import sys
from collections import Counter
from pathlib import Path

from studies.validation.checks import CLASSES, Check, shown
from studies.validation.elsewhere import CHECKS
from studies.validation.figures import STARTS, STUDIES
from studies.validation.independent import all_independent
from studies.validation.published import all_published

PAGE = STUDIES.parent / "docs" / "validation.md"
TEXT = Path(__file__).parent / "page.md"
BEGIN, END = "<!-- numbers: python -m studies.validation -->", "<!-- end of numbers -->"
HEAD = "| estimator or test | data | whose number | what | theirs | ours | difference | agreement |"
RULE = "|---|---|---|---|---:|---:|---:|---|"


def rows(checks: list[Check]) -> str:
    """A table of checks; reasons stand below, numbered in the order of the checks."""
    reasons: dict[str, int] = {}
    lines = [HEAD, RULE]
    for check in checks:
        agreement = check.agreement
        if agreement in CLASSES[2:]:
            if not check.why:
                raise ValueError(f"{check.case}, {check.quantity}: {agreement}, and no reason")
            agreement += f" ({reasons.setdefault(check.why, len(reasons) + 1)})"
        named = (f"`{check.estimator}`", check.data, check.source, check.quantity)
        lines.append("| " + " | ".join([*named, *shown(check), agreement]) + " |")
    notes = [f"{number}. {reason}." for reason, number in reasons.items()]
    return "\n".join([*lines, "", *notes]).strip()


def others() -> str:
    lines = [
        "| estimator | data | whose number | what | number | test |",
        "|---|---|---|---|---|---|",
    ]
    for one in CHECKS:
        named = (one.estimator, one.data, one.source, one.quantity, one.expected, f"`{one.test}`")
        lines.append("| " + " | ".join(named) + " |")
    return "\n".join(lines)


def counted(checks: list[Check]) -> str:
    """How many agree how well."""
    found = Counter(check.agreement for check in checks)
    cases = len({check.case for check in checks})
    classes = ", ".join(f"{found[name]} {name}" for name in CLASSES)
    return f"{len(checks)} numbers in {cases} checks: {classes}"


def page(published: list[Check], independent: list[Check]) -> str:
    return TEXT.read_text(encoding="utf-8").format(
        all=counted([*published, *independent]),
        estimators=len({check.estimator for check in [*published, *independent]}),
        published=rows(published),
        independent=rows(independent),
        elsewhere=others(),
    )


def readme(name: str, checks: list[Check]) -> str:
    """The README of an example with its numbers as they are now."""
    text = (STUDIES / name / "README.md").read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    own = [check for check in checks if check.data.removesuffix("_predictors") == name]
    return f"{before}{BEGIN}\n{rows(own)}\n{END}{after}"


def written() -> dict[Path, str]:
    """Every file that is generated, with its text."""
    published, independent = all_published(), all_independent()
    files = {PAGE: page(published, independent)}
    for name in STARTS:
        files[STUDIES / name / "README.md"] = readme(name, published)
    return files


def main() -> None:
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(STUDIES.parent))


if __name__ == "__main__":
    sys.exit(main())
