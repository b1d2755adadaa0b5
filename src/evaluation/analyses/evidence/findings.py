"""The rules by which a finding takes its side: for an effect, against it, or neither.

A number speaks once. Whatever says the same of the same estimate, or of rows that one estimate is
part of, is one finding. `SOURCES` names for each the rows that it rests on; no two share any.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluation.calibration.thresholds import NOMINAL

SIDES = ("for", "against", "silent")
Value = float | int | str | None
Numbers = Mapping[str, Value]


@dataclass(frozen=True)
class Finding:
    """One sentence of the list: its side, its text (`report.evidence.<key>`), where it is shown."""

    side: str
    key: str
    section: str


def findings(numbers: Numbers) -> list[Finding]:
    """Every finding that the numbers allow, by side, then in the order of `FINDERS`."""
    found = [finding for find in FINDERS if (finding := find(numbers)) is not None]
    return sorted(found, key=lambda finding: SIDES.index(finding.side))


def resolved(numbers: Numbers) -> bool:
    """Whether a fall or a rise that is found four times in five was among those planted."""
    return any(numbers.get(f"detectable_{side}_percent") is not None for side in ("fall", "rise"))


def _test(numbers: Numbers) -> Finding:
    """One estimate, and how rare it is without an effect: among simulated sectors, fake starts, and
    sectors chosen as it was."""
    if numbers["gate_p_passed"] == "not evaluated":
        return Finding("silent", "p_none", "results")
    if numbers["gate_p_passed"] != "yes":
        return Finding("against", "p_against", "results")
    if numbers["gate_calibrated_passed"] != "yes":
        return Finding("silent", "p_uncalibrated", "results")
    if numbers["gate_fake_starts_passed"] == "no":
        return Finding("silent", "p_mixed_starts", "results")
    # The shares are of estimates as low as the real one.
    falls = numbers["effect_percent"] is not None and float(numbers["effect_percent"]) < 0
    chosen = numbers["time_chosen_most_share"]
    if falls and chosen is not None and float(chosen) > 100 * NOMINAL:
        return Finding("silent", "p_mixed_chosen", "results")
    return Finding("for", "p_for", "results")


def _direction(numbers: Numbers) -> Finding | None:
    """Other methods on the same files: estimators and windows are among the specifications."""
    others = numbers["evidence_others"]
    agree = not numbers["evidence_others_opposed"]
    if numbers["joint_sign_p"] is None:
        if not others:
            return None
        side = "for" if agree else "against"
        return Finding(side, f"estimators_{side}", "results")
    if numbers["gate_specification_curve_passed"] != "yes" or not agree:
        return Finding("against", "specifications_against", "specifications")
    side = "for" if float(numbers["joint_sign_p"]) <= NOMINAL else "silent"
    return Finding(side, f"specifications_{side}", "specifications")


def _selection(numbers: Numbers) -> Finding | None:
    """How large a change choosing a sector makes; how rare the estimate is then, `_test` says."""
    ends = (numbers["time_chosen_low_percent"], numbers["time_chosen_high_percent"])
    if None in (*ends, numbers["effect_percent"]):
        return None
    near = max(_part(numbers, end) for end in ends)
    return Finding("against", "selection_against", "time") if near >= 0.5 else None


def _controls(numbers: Numbers) -> Finding | None:
    if not numbers["control_effects"]:
        return None
    side = "for"
    if numbers["control_effects_rejecting"]:
        side = "against" if float(numbers["control_adjusted_p"]) <= NOMINAL else "silent"
    return Finding(side, f"controls_{side}", "results")


def _months_left_out(numbers: Numbers) -> Finding | None:
    if numbers["evidence_event"] is None:
        return None
    key = "months_expectation" if numbers["evidence_expectation"] else "months"
    return Finding("against", key, "spillover")


def _year(numbers: Numbers) -> Finding | None:
    if None in (numbers["time_year_percent"], numbers["effect_percent"]):
        return None
    kept = _part(numbers, numbers["time_year_percent"])
    side = "for" if _steady(kept) else "against"
    return Finding(side, f"year_{side}", "time")


def _borough(numbers: Numbers) -> Finding | None:
    if numbers["contamination_triple_percent"] is None:
        return None
    side = _by_interval(numbers, "contamination_triple")
    return Finding(side, f"borough_{side}", "spillover")


def _shootings(numbers: Numbers) -> Finding | None:
    if numbers["evidence_opposite_outcome"] is None:
        return None
    side = _by_interval(numbers, "evidence_opposite")
    return Finding(side, f"opposite_{side}", "outcomes")


def _scale_up(numbers: Numbers) -> Finding | None:
    if numbers["scale_up_percent"] is None or numbers["scale_up_p"] is None:
        return None
    side = _by_interval(numbers, "scale_up")
    return Finding(side, f"scale_up_{side}", "scale_up")


def _donors(numbers: Numbers) -> Finding | None:
    """Without one donor, and where units lie in regions, without those of one region."""
    donors, boroughs = (
        [numbers[f"time_{name}_{end}_percent"] for end in ("least", "most")]
        for name in ("donor", "borough")
    )
    if None in (*donors, numbers["effect_percent"]):
        return None
    alone = None in boroughs
    ends = donors if alone else donors + boroughs
    side = "for" if all(_steady(_part(numbers, end)) for end in ends) else "against"
    return Finding(side, f"donors_alone_{side}" if alone else f"donors_{side}", "time")


def _measurement(numbers: Numbers) -> Finding | None:
    keys = ("measurement_primary_low_percent", "measurement_primary_high_percent")
    if any(numbers[key] is None for key in (*keys, "effect_percent")):
        return None
    side = "for" if all(_same(numbers, key, "effect_percent") for key in keys) else "against"
    return Finding(side, f"measurement_{side}", "measurement")


def _neighbours(numbers: Numbers) -> Finding | None:
    if numbers["gate_rings_passed"] == "not evaluated" or numbers["spillover_total_p"] is None:
        return None
    if numbers["gate_rings_passed"] == "no":
        return Finding("against", "neighbours_against", "spillover")
    adjusted = numbers["spillover_rise_adjusted_p"]
    if adjusted is not None and float(adjusted) <= NOMINAL:
        return Finding("against", "neighbours_rise", "spillover")
    # A total that moved against the effect speaks for nothing, however small its p.
    together = numbers["gate_total_passed"] == "yes"
    side = "for" if together and float(numbers["spillover_total_p"]) <= NOMINAL else "silent"
    if side == "silent" and adjusted is not None:
        return Finding(side, "neighbours_silent", "spillover")
    return Finding(side, "neighbours_for", "spillover")


def _firearm(numbers: Numbers) -> Finding | None:
    if numbers["outcomes_contrast_p"] is None or numbers["firearm_percent"] is None:
        return None
    if numbers["gate_firearm_passed"] == "not evaluated":
        return None
    if numbers["gate_firearm_passed"] != "yes":
        return Finding("against", "firearm_against", "outcomes")
    side = "for" if numbers["outcomes_contrast_p"] <= NOMINAL else "silent"
    return Finding(side, f"firearm_{side}", "outcomes")


def _deaths(numbers: Numbers) -> Finding | None:
    if numbers["evidence_composite_percent"] is None or numbers["evidence_composite_p"] is None:
        return None
    if numbers["evidence_composite_doubt"] is not None:
        return Finding("silent", "composite_doubt", "outcomes")
    if numbers["gate_composite_passed"] != "yes":
        return Finding("against", "composite", "outcomes")
    return Finding("for", "composite", "outcomes")


def _places(numbers: Numbers) -> Finding | None:
    ends = ("measurement_adverse_percent", "measurement_favourable_percent")
    if any(numbers[end] is None for end in ends) or _same(numbers, *ends):
        return None
    return Finding("silent", "places", "measurement")


# Each with the rows that its numbers are of: the frame, and which of it.
SOURCES: dict[Callable[[Numbers], Finding | None], tuple[str, ...]] = {
    _test: (
        "estimates: primary estimate",
        "placebo_time: real start among fake ones",
        "selection: shares as low",
    ),
    _direction: (
        "estimates: other estimators and windows",
        "specifications: all",
    ),
    _controls: ("estimates: negative controls",),
    _months_left_out: ("contamination: months left out",),
    _year: ("leave_one_out: years",),
    _borough: ("contamination: difference within the borough",),
    _shootings: ("estimates: other firearm outcomes",),
    _scale_up: ("staggered: all programme sectors",),
    _donors: ("leave_one_out: donors and boroughs",),
    _measurement: ("measurement: ways to count",),
    _neighbours: ("spillover: zones",),
    _selection: ("selection: bias",),
    _firearm: ("contrasts: firearm part against the rest",),
    _deaths: ("estimates: composite",),
    _places: ("measurement: bounds",),
}
FINDERS = tuple(SOURCES)


def _by_interval(numbers: Numbers, key: str) -> str:
    """The side of another effect, by its interval: for, if it excludes zero in the direction of the
    primary effect; against, if it excludes the primary effect; silent, if it does neither."""
    low, high = (numbers[f"{key}_{end}_percent"] for end in ("low", "high"))
    if low is None or high is None:
        return "silent"
    if numbers["effect_percent"] is None:
        return "silent"
    primary = float(numbers["effect_percent"])
    if float(low if primary > 0 else high) * primary > 0:
        return "for"
    return "silent" if float(low) <= primary <= float(high) else "against"


def _same(numbers: Numbers, one: str, other: str) -> bool:
    """Whether two percent changes have one sign."""
    return float(numbers[one]) * float(numbers[other]) > 0


def _part(numbers: Numbers, change: Value) -> float:
    """How much of the effect a change is, on the log scale where it is in percent; negative if it
    turns round."""
    both = [float(value) for value in (change, numbers["effect_percent"])]
    of_values = numbers.get("effect_unit") is not None
    one, all_of_it = both if of_values else map(_log, both)
    return one / all_of_it if all_of_it and math.isfinite(all_of_it) else math.nan


def _steady(part: float) -> bool:
    """Whether a change is neither half of the effect or less, nor twice it or more."""
    return 0.5 < part < 2


def _log(change: float) -> float:
    return math.log1p(change / 100) if change > -100 else -math.inf
