"""What the estimators find of effects that were planted in the donors."""

from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.fake_pilots import farthest
from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study, *, recovery: pd.DataFrame) -> dict[str, Value]:
    """The largest planted effect, in the donors alike."""
    least = farthest(study)
    mine = study.primary.rows(recovery)
    found = cell(mine, "alike", least, {"recovery_power_share": "power"})
    return {"recovery_planted_percent": 100 * (least - 1)} | found


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    return ["recovery" if numbers["recovery_power_share"] is not None else "recovery_none"]


def cell(rows: pd.DataFrame, subset: str, ratio: float, keys: Mapping[str, str]) -> dict:
    """Percents of one subset and rate ratio; None where they were not measured."""
    found = rows[(rows["subset"] == subset) & (rows["rate_ratio"] == ratio)].to_dict("records")
    return {key: 100 * found[0][column] if found else None for key, column in keys.items()}
