"""The method section: how the tables are read, what is estimated and tested, the works cited."""

import html
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import yaml

from evaluation.page.language import Language
from evaluation.page.wording import window_name
from evaluation.study.study import Study

REFERENCE = Path(__file__).parents[1] / "page" / "reference"
BY_ESTIMATOR = {
    "synthetic_control": ("synthetic_control",),
    "demeaned_synthetic_control": ("synthetic_control", "demeaned_synthetic_control"),
    "did": ("did",),
}
STANDARDISED = "permutation_ferman_pinto"  # and its calibrated form: tests of log ratios


def method(
    study: Study, facts: Mapping[str, str], language: Language, texts: Iterable[str] = ()
) -> dict[str, list]:
    """`conventions` of all tables; `equations`: the sentence, the equation as MathML and as Typst;
    `references`, in full: those that `texts`, or the other two, cite."""
    from latex2mathml.converter import convert

    found = _stated("equations.yaml")
    equations = [
        {
            "text": language(f"report.method.{name}", **facts),
            "mathml": convert(found[name]["latex"], display="block"),
            "typst": found[name]["typst"],
        }
        for name in _names(study)
    ]
    conventions = _conventions(study, facts, language)
    own = [*conventions, *(equation["text"] for equation in equations)]
    return {
        "conventions": conventions,
        "equations": equations,
        "references": cited([*texts, *own], _stated("references.yaml")),
    }


def cited(texts: Iterable[str], references: Iterable[str]) -> list[str]:
    """Those of the references whose first author and year stand together in one of the texts."""
    whole = html.unescape("\n".join(texts))
    found = []
    for reference in references:
        author, year = re.match(r"([^,]+),.*?\((\d{4})\)", reference).groups()
        if re.search(rf"\b{re.escape(author)}\b[^;()\d\n]*\(?{year}\b", whole):
            found.append(reference)
    return found


def _conventions(study: Study, facts: Mapping[str, str], language: Language) -> list[str]:
    """What holds in every table that does not say otherwise, so that their notes need not."""
    counted = study.scale().counted
    names = ["default", "signs"]
    names += ["ranked"] * (counted and study.tests[0] == STANDARDISED)
    names += ["terms", *["drift"] * counted]
    return [
        language(
            f"convention.{name}",
            estimator=language.inline(language(f"estimator.{study.primary.estimator}")),
            chosen=window_name(study, study.primary.window, language, inline=True),
            test=language.inline(language(f"test.{study.tests[0]}")),
            **facts,
        )
        for name in names
    ]


def _names(study: Study) -> list[str]:
    counted = study.scale().counted
    names = ["effect" if counted else "difference", *BY_ESTIMATOR.get(study.primary.estimator, ())]
    if study.tests[0] == STANDARDISED and counted:
        names.append("standardised")
        names += ["simulated"] * (study.primary.test != study.tests[0])
    return names


@cache
def _stated(name: str):
    return yaml.safe_load((REFERENCE / name).read_text(encoding="utf-8"))
