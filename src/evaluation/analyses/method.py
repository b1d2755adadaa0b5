"""The method section: what is estimated and tested, in equations, and the works that are cited."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from evaluation.page.language import Language
from evaluation.study.study import Study

REFERENCE = Path(__file__).parents[1] / "page" / "reference"
BY_ESTIMATOR = {
    "synthetic_control": ("synthetic_control",),
    "demeaned_synthetic_control": ("synthetic_control", "demeaned_synthetic_control"),
    "did": ("did",),
}
STANDARDISED = "permutation_ferman_pinto"  # and its calibrated form: tests of log ratios


def method(study: Study, facts: Mapping[str, str], language: Language) -> dict[str, list]:
    """`equations`: the sentence, the equation as MathML and as Typst; `references`, in full."""
    from latex2mathml.converter import convert

    found = _stated("equations.yaml")
    return {
        "equations": [
            {
                "text": language(f"report.method.{name}", **facts),
                "mathml": convert(found[name]["latex"], display="block"),
                "typst": found[name]["typst"],
            }
            for name in _names(study)
        ],
        "references": _stated("references.yaml"),
    }


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
