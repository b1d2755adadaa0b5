"""Every number that a sentence of the report uses, by key.

Values are numbers or texts; infinite values are the texts `inf` and `-inf`, missing ones are null,
so that the file is plain JSON. Keys end in what they hold: `_percent` (an effect), `_change` (a raw
change in percent), `_share` (in percent), `_p`, `_level`, `_rate` (per 100,000 person-years),
`_slope` (a rate's change a year), `_log` (a change of the log rate ratio), `_sd` (standard
deviations), `_ratio`, `_points` (percentage points), `_month`, `_outcome`, `_estimator`, `_test`,
`_conditions`, `_figures`, `_items`, `_boroughs` (names that a language writes in its own way);
others are counts or names.
"""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses import analyses, possible
from evaluation.study.study import Study

Value = float | int | str | None


def numbers(study: Study, **frames: pd.DataFrame) -> dict[str, Value]:
    """All numbers of the report's sentences, from the frames that the modules of facts ask for.

    Raises `LookupError` where the primary estimate is not among the estimates.
    """
    values: dict[str, Value] = {}
    for one in possible(study).values():
        if one.has_numbers:
            given = {name: frames[name] for name in one.fact_frames}
            found = one.facts.numbers(study, **given)
            if twice := sorted(set(found) & set(values)):
                raise KeyError(f"analyses/{one.name}/facts.py: {twice[0]!r} is taken")
            values |= found
    return {key: _plain(value) for key, value in values.items()}


class Known(dict[str, Value]):
    """Numbers of a study of which some analyses are absent: whatever they would tell is None."""

    def __missing__(self, key: str) -> Value:
        return None


def known(study: Study, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Numbers as sentences take them: of a study that has everything none may lack."""
    return values if len(possible(study)) == len(analyses()) else Known(values)


def _plain(value) -> Value:
    """Python scalars that JSON can hold."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return value
    value = float(value)
    if math.isnan(value):
        return None
    return float(f"{value:.10g}") if math.isfinite(value) else str(value)
