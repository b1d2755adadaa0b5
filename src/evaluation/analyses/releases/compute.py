"""What has the effect been from release to release, and what is each change of it made of?

An effect moves because the code or the specification changed, because the office rewrote months
that were there before, or because there are new months. The three add up, one after the other:
what this code finds on the old cells; on the old months with the new cells; and on all cells
(the revision of a forecast is split so: Bańbura & Modugno 2014). Where they interact, what a part
comes to depends on that order; the sum does not.
"""

import math

import pandas as pd

from evaluation.analyses.releases.contract import ReleaseEffects
from evaluation.analyses.releases.history import History, revised_cells
from evaluation.study.contract import from_rows
from evaluation.study.errors import EstimationError, InputError
from evaluation.study.study import Study

ALIKE = 1e-9  # between this run's estimate and the same one made again from the ledger
MONITORING = "monitoring"
TESTED = ["ci_low", "ci_high", "p_value"]
SHOWN = ["lane", "log_rate_ratio", "effect_percent", *TESTED]
PARTS = ("code", "revised", "added")


def releases(
    study: Study,
    *,
    estimates: pd.DataFrame,
    estimate_history: pd.DataFrame,
    release_history: pd.DataFrame,
    count_history: pd.DataFrame,
    sector_history: pd.DataFrame,
    neighbour_history: pd.DataFrame,
) -> pd.DataFrame:
    """`ReleaseEffects` rows: the primary outcome and estimator, in every window.

    The last of `release_history` is the release of this run, whose `estimates` have its last word.
    Raises `InputError` where its cells in the ledger do not give this run's estimate.
    """
    history = History(study, release_history, count_history, sector_history, neighbour_history)
    said = reported(study, estimates, estimate_history, history)
    rows = []
    for window, _ in study.post_windows:
        own = said[said["window"] == window].sort_values("number").to_dict("records")
        for place, row in enumerate(own):
            found = _split(history, own[place - 1], row) if place else _without(row, {}, "first")
            row = {name: row[name] for name in ("window", "number", "release", *SHOWN)}
            retrieved = history.retrieved_at.get(row["release"], "")
            rows.append(row | {"retrieved_at": retrieved} | found)
    return from_rows(rows, ReleaseEffects)


def reported(
    study: Study,
    estimates: pd.DataFrame,
    estimate_history: pd.DataFrame,
    history: History,
) -> pd.DataFrame:
    """The last word on each release and window: one row each, with its `number`.

    Of rows that were recorded of a release, those under the test that decides come first; where
    there is none, the effect has no interval and no p; an interval of another level is none.
    """
    now = study.primary.rows(estimates, every=["window"])
    now = now.assign(release=history.last, entry=math.inf)
    past = study.primary.rows(estimate_history, every=["window"])
    past = past[(past["lane"] != MONITORING) & (past["release"] != history.last)]
    columns = ["release", "entry", "window", "inference", "specification_hash", "code_version"]
    columns += ["ci_level", *SHOWN]
    parts = [part[columns] for part in (past, now) if len(part)]
    rows = pd.concat(parts, ignore_index=True)
    deciding = rows["inference"] == study.primary.test
    rows.loc[~deciding, TESTED] = math.nan
    rows.loc[rows["ci_level"] != study.level, ["ci_low", "ci_high"]] = math.nan
    number = rows["release"].map(history.numbers).fillna(1).astype(int)
    rows = rows.assign(deciding=deciding, number=number)
    rows = rows.sort_values(["number", "window", "deciding", "entry", "inference"])
    return rows.drop_duplicates(["number", "window"], keep="last")


def _split(history: History, before: dict, row: dict) -> dict[str, object]:
    """How the effect in a window went from one release to the next."""
    try:
        old, new = history.held(before["release"]), history.held(row["release"])
        revised = history.revised(row["release"], before["release"])
        ends = [held.effect(row["window"]) for held in (old, revised, new)]
    except (EstimationError, InputError) as error:
        return _without(row, before, "not estimable", str(error))
    if row["release"] == history.last:
        _refuse_other_estimate(row, ends[-1])
    if any(math.isnan(end) for end in (before["log_rate_ratio"], *ends, row["log_rate_ratio"])):
        message = "no event, or the expected count is not positive"
        return _without(row, before, "no ratio", message)
    # The code's part is what this code does not find of the change, at either end of it.
    parts = {
        "code": (ends[0] - before["log_rate_ratio"]) + (row["log_rate_ratio"] - ends[-1]),
        "revised": ends[1] - ends[0],
        "added": ends[2] - ends[1],
    }
    read = {
        "revised_cells": len(revised_cells(old, new, row["window"])),
        "added_months": len(new.read(row["window"]) - revised.read(row["window"])),
    }
    return _without(row, before) | parts | read


def _without(row: dict, before: dict, reason: str = "", message: str = "") -> dict[str, object]:
    """The columns of a change, its parts missing; `before` is empty for the first release."""
    return {
        "before": before.get("release", ""),
        "other_code": before.get("code_version", row["code_version"]) != row["code_version"],
        "other_specification": before.get("specification_hash", row["specification_hash"])
        != row["specification_hash"],
        "change": row["log_rate_ratio"] - before.get("log_rate_ratio", math.nan),
        **dict.fromkeys(PARTS, math.nan),
        "revised_cells": 0,
        "added_months": 0,
        "reason": reason,
        "message": message,
    }


def _refuse_other_estimate(row: dict, again: float) -> None:
    found = row["log_rate_ratio"]
    if not (math.isnan(found) and math.isnan(again)) and not abs(found - again) <= ALIKE:
        raise InputError(
            f"release {row['release']} in the ledger, window {row['window']}",
            f"its cells give a log rate ratio of {again:.12g}, this run's estimate is {found:.12g}",
            "the cells that this run estimated from",
            "Run the study on the release that was recorded last.",
        )
