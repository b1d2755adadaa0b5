"""What the robustness analyses vary: typed pieces of a study, read from the config's `robustness`.

Months are `YYYY-MM`. Everything here is part of the study's hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Time:
    """Placebos in time and other dates.

    starts : pre-listed first treated months; donuts : months left out before the start
    """

    starts: tuple[str, ...]
    donuts: tuple[int, ...]


@dataclass(frozen=True)
class Grid:
    """The specification curve: every combination of these is one specification.

    pre_periods : name, first and last month
    """

    outcomes: tuple[str, ...]
    estimators: tuple[str, ...]
    frequencies: tuple[str, ...]
    pre_periods: tuple[tuple[str, str, str], ...]
    donor_radii_m: tuple[float, ...]


@dataclass(frozen=True)
class EventStudy:
    """Bins of the event study, and the sizes of violations that its honest bounds allow.

    bin_months : length of a bin; reference_months : those before the donut that are the reference
    smoothness : of the second difference of the trend, in log points a bin
    relative : violations after treatment relative to the largest before
    """

    bin_months: int
    reference_months: int
    smoothness: tuple[float, ...]
    relative: tuple[float, ...]


@dataclass(frozen=True)
class ScaleUp:
    """The pooled test of all programme sectors: placebo sets, and how alike their members are.

    draws : placebo sets; ranks : donors so many ranks of mean count away may stand for a sector
    """

    draws: int
    ranks: int


@dataclass(frozen=True)
class MeasurementChoices:
    """Ways to count that the config varies; the others follow from what the raw files hold.

    frequencies : lengths of the periods
    """

    frequencies: tuple[str, ...]


@dataclass(frozen=True)
class Spillover:
    """The zones around the treated sector: what is counted in them, and by which estimators.

    The first outcome and the first estimator are the primary ones.
    """

    outcomes: tuple[str, ...]
    estimators: tuple[str, ...]


@dataclass(frozen=True)
class Contamination:
    """Other programmes and events: the outcomes and estimators that the variants are run with."""

    outcomes: tuple[str, ...]
    estimators: tuple[str, ...]


@dataclass(frozen=True)
class Robustness:
    time: Time
    grid: Grid
    event_study: EventStudy
    scale_up: ScaleUp
    measurement: MeasurementChoices
    spillover: Spillover
    contamination: Contamination


def parse_robustness(block: Mapping) -> Robustness:
    """The `robustness` block of a config that honours the schema."""
    time, grid = block["time"], block["grid"]
    events, scale_up = block["event_study"], block["scale_up"]
    spillover, contamination = block["spillover"], block["contamination"]
    return Robustness(
        time=Time(tuple(time["starts"]), tuple(time["donuts"])),
        grid=Grid(
            outcomes=tuple(grid["outcomes"]),
            estimators=tuple(grid["estimators"]),
            frequencies=tuple(grid["frequencies"]),
            pre_periods=tuple(
                (name, span["first"], span["last"]) for name, span in grid["pre_periods"].items()
            ),
            donor_radii_m=tuple(float(radius) for radius in grid["donor_radii_m"]),
        ),
        event_study=EventStudy(
            events["bin_months"],
            events["reference_months"],
            tuple(float(value) for value in events["smoothness"]),
            tuple(float(value) for value in events["relative"]),
        ),
        scale_up=ScaleUp(scale_up["draws"], scale_up["ranks"]),
        measurement=MeasurementChoices(tuple(block["measurement"]["frequencies"])),
        spillover=Spillover(tuple(spillover["outcomes"]), tuple(spillover["estimators"])),
        contamination=Contamination(
            tuple(contamination["outcomes"]), tuple(contamination["estimators"])
        ),
    )
