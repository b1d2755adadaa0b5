"""Which tests may be believed: the measured sizes, turned into a label."""

from collections.abc import Callable

import pandas as pd

from evaluation.calibration.contract import Size
from evaluation.calibration.null_worlds import SHOCK, worlds
from evaluation.inference.contract import Estimates
from evaluation.study.contract import check
from evaluation.study.errors import InputError
from evaluation.study.study import Study

NOMINAL = 0.05
VALID = (0.03, 0.07)  # a test of nominal 5% is called calibrated inside these,
TAIL = (0.015, 0.035)  # if either tail of it is inside these


def deciding_sizes(
    sizes: pd.DataFrame, outcome: str, estimator: str, window: str, test: str
) -> pd.DataFrame:
    """`Size` rows of one test in the worlds that the panel does not contradict."""
    return sizes[
        (sizes["outcome"] == outcome)
        & (sizes["estimator"] == estimator)
        & (sizes["window"] == window)
        & (sizes["inference"] == test)
        & sizes["decides"]
    ]


def primary_sizes(sizes: pd.DataFrame, study: Study, estimator: str, test: str) -> pd.DataFrame:
    """`deciding_sizes` in the study's primary outcome and window."""
    return deciding_sizes(sizes, study.primary.outcome, estimator, study.primary.window, test)


def accepted(rows: pd.DataFrame) -> pd.Series:
    """Whether each size lies in `VALID` and each of its tails, where it has two, in `TAIL`."""
    inside = rows["size"].between(*VALID)
    for tail in ("low", "high"):
        inside &= rows[tail].between(*TAIL) | rows[tail].isna()
    return inside


def farthest(rows: pd.DataFrame) -> float:
    """The size farthest from nominal, the larger one where two are."""
    return float(max(rows["size"], key=lambda size: (abs(size - NOMINAL), size)))


def is_calibrated(sizes: pd.DataFrame, outcome: str, estimator: str, window: str, test: str) -> str:
    """`yes` if the test is `accepted` in every world that decides, `no`, or `not measured`.

    One failure is enough for `no`. A test is not measured unless it was in every world that decides
    for any test of this outcome and window: the panel decides which those are, not the test.
    """
    rows = deciding_sizes(sizes, outcome, estimator, window, test)
    if not accepted(rows).all():
        return "no"
    wanted = sizes[(sizes["outcome"] == outcome) & (sizes["window"] == window) & sizes["decides"]]
    measured, all_worlds = (_worlds(frame) for frame in (rows, wanted))
    return "yes" if all_worlds and measured == all_worlds else "not measured"


def _worlds(rows: pd.DataFrame) -> set[tuple[str, float]]:
    return set(zip(rows["world"], rows["strength"], strict=True))


def calibration_of(sizes: pd.DataFrame, study: Study, estimator: str, test: str) -> str:
    """`yes`, `no` or `not measured` for a test of the primary outcome and window.

    Not measured, unless the size was measured at every drift of the study and in the fitted world.
    """
    label = is_calibrated(sizes, study.primary.outcome, estimator, study.primary.window, test)
    rows = sizes[(sizes["estimator"] == estimator) & (sizes["inference"] == test)]
    wanted = {world.name for world in worlds(study.calibration.drifts)}
    if label == "yes" and not wanted <= set(rows["world"]):
        return "not measured"
    return label


def with_worlds(sizes: pd.DataFrame) -> pd.DataFrame:
    """`Size` rows of all estimators, with what the panel says of each world in the rows of all.

    Measured beside one estimator, since it is the same for all. Raises `InputError` for a world
    that the panel was compared with beside none of them.
    """
    keys = ["outcome", "window", "world", "strength"]
    known = sizes.dropna(subset="panel_p").drop_duplicates(keys)[[*keys, "panel_p", "decides"]]
    found = sizes[keys].merge(known, on=keys, how="left", validate="many_to_one")
    lacking = found.loc[found["panel_p"].isna() & (found["world"] != SHOCK), "world"]
    if len(lacking):
        raise InputError(
            "sizes",
            f"no p-value of the panel in world {lacking.iloc[0]!r}",
            "one for every world that a test was measured in",
            "Measure the primary estimator in it too.",
        )
    decides = found["decides"].eq(True)
    panel_p = found["panel_p"].to_numpy()
    return check(sizes.assign(panel_p=panel_p, decides=decides.to_numpy()), Size, "sizes")


def label_estimates(
    estimates: pd.DataFrame, sizes: pd.DataFrame, lane: Callable[[str], str]
) -> pd.DataFrame:
    """`Estimates` rows with `calibrated` filled in from the measured sizes, and their lane.

    lane : of the study, from the vintage of the figures (`Study.lane`)
    """
    labels = [
        is_calibrated(sizes, row.outcome, row.estimator, row.window, row.inference)
        for row in estimates.itertuples()
    ]
    lanes = [lane(vintage) for vintage in estimates["data_vintage"]]
    return check(estimates.assign(calibrated=labels, lane=lanes), Estimates, "estimates")


def calibration_label(size: pd.DataFrame, study: Study, estimator: str, test: str) -> str:
    """As `calibration_of`, but `too rarely` or `too often` where all sizes miss to one side."""
    answer = calibration_of(size, study, estimator, test)
    if answer != "no":
        return answer
    found = primary_sizes(size, study, estimator, test)
    wrong = found.loc[~accepted(found), "size"]
    if (wrong < VALID[0]).all():
        return "too rarely"
    return "too often" if (wrong > VALID[1]).all() else "no"
