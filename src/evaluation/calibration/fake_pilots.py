"""Donors as if each had had the pilot, with a known effect planted by thinning.

Every event after the start is kept with the probability of the rate ratio; above 1 each brings
further ones, which adds a little noise (`donor_power.raised_counts`). This changes the donor's
own observed path and nothing else: a counterfactual never looks at its unit's counts after
treatment, and the other donors keep the counts as they are in their pools. Windows nest, so that
one thinning serves all of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.calibration.donor_power import further
from evaluation.inference.ratio import exact_share
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.seeds import seed_of
from evaluation.study.study import Study

ALL, FIREARM = "all", "firearm"
SUBSETS = (ALL, "alike")
ALIKE = 3  # one in so many donors, the nearest in size, is like the treated unit


@dataclass(frozen=True)
class FakePilots:
    """K versions of J donors: one without any effect, then every draw of every planted one.

    Beside the rate ratios of the study the smallest effects of interest that were hoped for are
    planted in the whole outcome, so that wrong exclusions of them can be counted.

    donors : J names, sorted
    scenario, ratio : (K,) what is thinned or raised, and to which share; 1 for none
    whole : (J,) events of an outcome as they are, by outcome and window
    removed : events taken from a part of the outcomes in a window, less those added, (J, K) by part
        and window
    parts : the parts each outcome consists of
    """

    donors: tuple[str, ...]
    scenario: tuple[str, ...]
    ratio: np.ndarray
    whole: dict[tuple[str, str], np.ndarray]
    removed: dict[tuple[str, str], np.ndarray]
    parts: dict[str, tuple[str, ...]]

    def observed(self, outcome: str, window: str) -> np.ndarray:
        """(J, K) events that are left of an outcome in a window."""
        left = np.repeat(self.whole[outcome, window][:, None], len(self.ratio), axis=1)
        for part in self.parts[outcome]:
            if (part, window) in self.removed:
                left = left - self.removed[part, window]
        return left

    def versions(self, scenario: str, ratio: float) -> np.ndarray:
        """Positions of one planted effect; without an effect all scenarios are one."""
        if ratio == 1:
            return np.flatnonzero(self.ratio == 1)
        return np.array(
            [
                position
                for position, (name, value) in enumerate(
                    zip(self.scenario, self.ratio, strict=True)
                )
                if name == scenario and value == ratio
            ]
        )

    def ratios(self, scenario: str) -> tuple[float, ...]:
        """Rate ratios planted in a scenario, 1 for none among them, the largest first."""
        mine = {
            float(ratio)
            for name, ratio in zip(self.scenario, self.ratio, strict=True)
            if name in ("", scenario)
        }
        return tuple(sorted(mine, reverse=True))

    @property
    def scenarios(self) -> tuple[str, ...]:
        """What is thinned in one version or another; `all` first."""
        return tuple(dict.fromkeys((ALL, *(name for name in self.scenario if name))))


def plant(study: Study, panel: pd.DataFrame, donors: Sequence[str]) -> FakePilots:
    """Plant every rate ratio of the study in every donor.

    Parameters
    ----------
    panel : `Panel` rows
    donors : names; their order does not matter

    The primary outcome is thinned as a whole (scenario `all`), and its firearm part alone (scenario
    `firearm`) where the panel has its parts.
    """
    donors, recovery = tuple(sorted(donors)), study.robustness.recovery
    parts = {name: leaves(study, panel, name) for name in study.outcomes}
    own = parts[study.primary.outcome]
    guns = tuple(name for name in own if study.definition(name).role == FIREARM)
    thinned = {ALL: own} | ({FIREARM: guns} if guns and len(own) > len(guns) else {})
    planted = [(name, ratio) for name in thinned for ratio in recovery.rate_ratios if ratio != 1]
    # Last, so that the draws of the others do not depend on it.
    planted += [(ALL, one) for one in smallest_hoped(study) if (ALL, one) not in planted]
    versions = [("", 1.0)] + [entry for entry in planted for _ in range(recovery.draws)]
    counts = {name: _segments(study, panel, name, donors) for name in {*study.outcomes, *own}}
    generator = np.random.default_rng(seed_of(f"{study.stream} fake pilots"))
    taken = {part: np.zeros((len(donors), len(versions), counts[part].shape[1])) for part in own}
    for version, (name, ratio) in enumerate(versions[1:], start=1):
        for part in thinned[name]:
            kept = further(counts[part], generator, ratio)
            taken[part][:, version] = counts[part] - kept
    ends = [(window, position + 1) for position, window in enumerate(_by_end(study))]
    return FakePilots(
        donors,
        tuple(name for name, _ in versions),
        np.array([ratio for _, ratio in versions]),
        {(o, w): counts[o][:, :end].sum(axis=1) for o in study.outcomes for w, end in ends},
        {(part, w): taken[part][:, :, :end].sum(axis=2) for part in own for w, end in ends},
        parts,
    )


def smallest_hoped(study: Study) -> tuple[float, ...]:
    """Rate ratios of the smallest effects of interest among those that were hoped for."""
    fall, rise = study.smallest_effects
    return {FALL: (fall,), RISE: (rise,), EITHER: (fall, rise)}[study.direction]


def farthest(study: Study) -> float:
    """The largest planted effect, as a rate ratio."""
    return max(study.robustness.recovery.rate_ratios, key=lambda ratio: abs(math.log(ratio)))


def leaves(study: Study, panel: pd.DataFrame, outcome: str) -> tuple[str, ...]:
    """The outcomes that a sum consists of, all the way down; itself where the panel lacks one."""
    found: list[str] = []
    waiting = [outcome]
    while waiting:
        name = waiting.pop()
        parts = study.definition(name).sum_of
        waiting += parts
        found += [name] * (not parts)
    known = set(panel["outcome"].unique())
    return tuple(sorted(found)) if set(found) <= known else (outcome,)


def alike(pre_events: np.ndarray, own: float) -> np.ndarray:
    """(J,) whether a donor is of the third nearest to the treated unit in the log of its events."""
    distance = np.abs(np.log((pre_events + 0.5) / (own + 0.5)))
    wanted = max(1, round(len(distance) / ALIKE))
    nearest = np.argsort(distance, kind="stable")[:wanted]
    return np.isin(np.arange(len(distance)), nearest)


def share_with_interval(name: str, values: np.ndarray) -> dict[str, float]:
    """The mean of (J, D) zeros and ones, and its exact 95% interval, as `<name>_low` and `_high`.

    Each of the J donors counts as one trial, however often it was drawn: an interval of nothing in
    21 donors is not empty. A share over several draws per donor is no whole number of donors, which
    `exact_share` takes as it is.
    """
    share, count = float(values.mean()), len(values)
    low, high = exact_share(share * count, count, 0.95)
    return {name: share, f"{name}_low": low, f"{name}_high": high}


def mean_with_error(name: str, values: np.ndarray) -> dict[str, float]:
    """The mean of (J, D) values and its standard error over donors, as `<name>_error`."""
    by_donor = values.mean(axis=1)
    error = by_donor.std(ddof=1) / math.sqrt(len(by_donor)) if len(by_donor) > 1 else math.nan
    return {name: float(by_donor.mean()), f"{name}_error": float(error)}


def _by_end(study: Study) -> list[str]:
    """Names of the post windows, the shortest first."""
    return [name for name, _ in sorted(study.post_windows, key=lambda entry: (entry[1], entry[0]))]


def _segments(study: Study, panel: pd.DataFrame, part: str, donors: tuple[str, ...]) -> np.ndarray:
    """(J, W) events of a part between the end of one window and that of the next."""
    rows = panel[(panel["outcome"] == part) & panel["covered"] & panel["complete"]]
    table = rows.pivot(index="sector", columns="month", values="count").loc[list(donors)]
    last, first, found = study.window, study.treatment_start, []
    for window in _by_end(study):
        months = [m for m in table if first <= m <= last[window].last]
        found.append(table[months].sum(axis=1).to_numpy(dtype=int))
        first = max(first, _after(last[window].last))
    return np.column_stack(found)


def _after(month: str) -> str:
    """The smallest text above a month: the next one begins there."""
    return month + "~"
