"""How many items of the reporting standards are answered, and which musts are not."""

from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.standards.checklists import ANSWERS, MUST, Answer, answers
from evaluation.study.study import Study

Value = float | int | str | None


def numbers(study: Study, *, standards: pd.DataFrame) -> dict[str, Value]:
    """Items in all and by answer; of the musts, how many, and which are answered in part or not."""
    found = answers(standards)
    musts = [answer for answer in found if answer.item.weight == MUST]
    return {
        "standards": len(found),
        **{f"standards_{name}": len(_of(found, name)) for name in ANSWERS},
        "standards_musts": len(musts),
        "standards_musts_partly": len(_of(musts, "partly")),
        "standards_musts_missing": len(_of(musts, "missing")),
        "standards_musts_missing_items": " ".join(_of(musts, "missing")) or None,
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    return ["standards", "standards_musts"]


def _of(found: list[Answer] | tuple[Answer, ...], name: str) -> list[str]:
    return [answer.item.id for answer in found if answer.answered == name]
