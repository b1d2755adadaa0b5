"""What the analyses vary: typed pieces of a study, read from the config's `robustness`.

Months are `YYYY-MM`. Everything here is part of the study's hash.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Time:
    """Other dates, donors and years.

    outcomes : those that are estimated again
    starts : pre-listed first treated months; donuts : months left out before the start
    fake_pre_months : least months before the set-up months of a fake start
    fake_starts : fake starts of the treated unit, at least; their window is the longest that leaves
        so many
    donor_radii_m : sectors nearer than this to the treated one are left out
    placebo_filters : placebos are ranked alone whose pre-period error is at most so many times the
        treated unit's
    selection_panels : simulated panels of the selection rule
    selection_share : a sector may be chosen if it has this share of the treated unit's events
    """

    outcomes: tuple[str, ...]
    starts: tuple[str, ...]
    donuts: tuple[int, ...]
    fake_pre_months: int
    fake_starts: int
    donor_radii_m: tuple[float, ...]
    placebo_filters: tuple[float, ...]
    selection_panels: int
    selection_share: float


@dataclass(frozen=True)
class DonorVariant:
    """One rule for who may be a donor.

    within_m : sectors at most so far from the treated one are left out; None to leave out none
    scale_up : whether sectors of the treatment calendar may be donors, in windows that end before
        any of them enters
    same_borough : whether sectors of the treated one's borough may be donors
    overlap_2016 : sectors whose overlap with their 2016 outline is smaller are left out
    """

    name: str
    within_m: float | None = None
    scale_up: bool = False
    same_borough: bool = True
    overlap_2016: float = 0.0


@dataclass(frozen=True)
class Grid:
    """The specification curve: every combination of these is one specification.

    pre_periods : name, first and last month
    """

    outcomes: tuple[str, ...]
    estimators: tuple[str, ...]
    frequencies: tuple[str, ...]
    pre_periods: tuple[tuple[str, str, str], ...]
    donor_rules: tuple[DonorVariant, ...]


@dataclass(frozen=True)
class Recovery:
    """Known effects planted in the donors: rate ratios (1 for none), and draws of each."""

    rate_ratios: tuple[float, ...]
    draws: int


@dataclass(frozen=True)
class EventStudy:
    """Bins of the event study, and the sizes of violations that its honest bounds allow.

    outcomes, estimators : every pair of them has an event study
    bin_months : length of a bin; reference_months : those before the donut that are the reference
    smoothness : of the second difference of the trend, in log points a bin
    relative : violations after treatment relative to the largest before
    """

    outcomes: tuple[str, ...]
    estimators: tuple[str, ...]
    bin_months: int
    reference_months: int
    smoothness: tuple[float, ...]
    relative: tuple[float, ...]


@dataclass(frozen=True)
class ScaleUp:
    """The pooled test of all programme sectors: placebo sets, and how alike their members are.

    outcomes : those that are estimated for all programme sectors together
    draws : placebo sets; ranks : donors so many ranks of mean count away may stand for a sector
    """

    outcomes: tuple[str, ...]
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
class JointTests:
    """Tests of several sectors or outcomes at once; panels : null panels per drift."""

    panels: int


@dataclass(frozen=True)
class Monitoring:
    """How the effect on the primary outcome is looked at month by month, and for how long.

    first_look, horizon : months after the start at which the first and the last look are taken
    level : the chance of any false alarm up to the horizon that the boundary holds
    estimator : whose ratio is looked at
    panels : simulated panels behind the boundary, of each law without an effect
    """

    first_look: int
    horizon: int
    level: float
    estimator: str
    panels: int
    seed: int


# The first test of a secondary line: what would tip it is asked of this one alone.
SECONDARY_TEST = "permutation_log_ratio_calibrated"


@dataclass(frozen=True)
class Secondary:
    """Estimators beside the study's own, with tests of their own; never the verdict.

    drift_multiples : how many times as far as donors the treated unit's log rate may stray
    breaks : of its log rate at the start, in standard deviations of what it does by itself
    """

    estimators: tuple[str, ...]
    tests: tuple[str, ...]
    drift_multiples: tuple[float, ...]
    breaks: tuple[float, ...]


@dataclass(frozen=True)
class Step:
    """One claim of the fixed sequence: a fall of an outcome in the `sector` or the `scale_up`."""

    analysis: str
    outcome: str


@dataclass(frozen=True)
class Robustness:
    time: Time
    grid: Grid
    recovery: Recovery
    event_study: EventStudy
    scale_up: ScaleUp
    measurement: MeasurementChoices
    spillover: Spillover
    contamination: Contamination
    joint_tests: JointTests


def parse_monitoring(config: Mapping) -> Monitoring | None:
    """The `monitoring` block of a config that honours the schema; None without one."""
    block = config.get("monitoring")
    return None if block is None else Monitoring(**block | {"level": float(block["level"])})


def parse_secondary(config: Mapping) -> Secondary | None:
    """The `secondary` block of a config that honours the schema; None without one."""
    block = config.get("secondary")
    if block is None:
        return None
    return Secondary(
        tuple(block["estimators"]),
        tuple(block["tests"]),
        tuple(float(value) for value in block["drift_multiples"]),
        tuple(float(value) for value in block["breaks"]),
    )


def parse_claims(config: Mapping) -> tuple[Step, ...]:
    """The claims of a config that honours the schema, in their order; none is required."""
    return tuple(Step(**entry) for entry in config.get("claims", ()))


def check_claims(
    steps: Sequence[Step],
    outcomes: Sequence[str],
    scale_up: Sequence[str],
    refuse: Callable[[str, str, str], None],
) -> None:
    """Refuse a claim that comes twice, that nothing estimates, or a first one that is not primary.

    outcomes, scale_up : those that are estimated, the primary one first
    refuse : called with key, what was found and what was expected
    """
    estimated = {"sector": list(outcomes), "scale_up": list(scale_up)}
    for place, step in enumerate(steps):
        if step in steps[:place]:
            refuse("claims", f"{step.analysis}, {step.outcome} twice", "each claim once")
        if step.outcome not in estimated[step.analysis]:
            problem = f"{step.outcome!r} is no outcome of {step.analysis}"
            refuse("claims", problem, f"some of {estimated[step.analysis]}")
    if steps and steps[0] != Step("sector", outcomes[0]):
        found = f"the first is {steps[0].analysis}, {steps[0].outcome}"
        refuse("claims", found, f"the primary analysis first: sector, {outcomes[0]}")


def parse_robustness(block: Mapping) -> Robustness:
    """The `robustness` block of a config that honours the schema."""
    time, grid = block["time"], block["grid"]
    events, scale_up = block["event_study"], block["scale_up"]
    spillover, contamination = block["spillover"], block["contamination"]
    return Robustness(
        time=Time(
            outcomes=tuple(time["outcomes"]),
            starts=tuple(time["starts"]),
            donuts=tuple(time["donuts"]),
            fake_pre_months=time["fake_pre_months"],
            fake_starts=time["fake_starts"],
            donor_radii_m=tuple(float(radius) for radius in time["donor_radii_m"]),
            placebo_filters=tuple(float(factor) for factor in time["placebo_filters"]),
            selection_panels=time["selection_panels"],
            selection_share=float(time["selection_share"]),
        ),
        grid=Grid(
            outcomes=tuple(grid["outcomes"]),
            estimators=tuple(grid["estimators"]),
            frequencies=tuple(grid["frequencies"]),
            pre_periods=tuple(
                (name, span["first"], span["last"]) for name, span in grid["pre_periods"].items()
            ),
            donor_rules=tuple(
                DonorVariant(name, **rule) for name, rule in grid["donor_rules"].items()
            ),
        ),
        recovery=Recovery(
            tuple(float(ratio) for ratio in block["recovery"]["rate_ratios"]),
            block["recovery"]["draws"],
        ),
        event_study=EventStudy(
            tuple(events["outcomes"]),
            tuple(events["estimators"]),
            events["bin_months"],
            events["reference_months"],
            tuple(float(value) for value in events["smoothness"]),
            tuple(float(value) for value in events["relative"]),
        ),
        scale_up=ScaleUp(tuple(scale_up["outcomes"]), scale_up["draws"], scale_up["ranks"]),
        joint_tests=JointTests(block["joint_tests"]["panels"]),
        measurement=MeasurementChoices(tuple(block["measurement"]["frequencies"])),
        spillover=Spillover(tuple(spillover["outcomes"]), tuple(spillover["estimators"])),
        contamination=Contamination(
            tuple(contamination["outcomes"]), tuple(contamination["estimators"])
        ),
    )


@dataclass(frozen=True)
class Primary:
    """The primary analysis of a study: one outcome, estimator and window; the test that decides."""

    outcome: str
    estimator: str
    window: str
    test: str

    def rows(self, frame: "pd.DataFrame", *, every: Collection[str] = ()) -> "pd.DataFrame":
        """The rows of the primary outcome, estimator and window, whatever the test.

        Of these columns those count that the frame has; `every` names columns that are free.
        """
        wanted = {"outcome": self.outcome, "estimator": self.estimator, "window": self.window}
        for column, value in wanted.items():
            if column in frame and column not in every:
                frame = frame[frame[column] == value]
        return frame

    def tested(self, frame: "pd.DataFrame", *, every: Collection[str] = ()) -> "pd.DataFrame":
        """`rows` under the test that decides."""
        return self.rows(frame[frame["inference"] == self.test], every=every)
