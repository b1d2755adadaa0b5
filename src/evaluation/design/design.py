"""The design of one estimation: a treated unit, its donors, and periods before and after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from evaluation.design.donors import assign_units, donors_of
from evaluation.design.states import assign_states
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.coherence import refuse_strange_boroughs
from evaluation.study.errors import EstimationError, InputError
from evaluation.study.months import month_range, period_months, shifted
from evaluation.study.period_names import NAMELESS
from evaluation.study.study import FREQUENCIES, Span, Study

FEWEST_PRE = 2  # periods before treatment


@dataclass(frozen=True)
class Design:
    """Names of units and periods; `post` is the union of the windows, which nest.

    Donor names are sorted: no result may depend on the order in which they came. `joined` says of
    how many units the treated one is the mean, where the outcome is no count; of counts, which are
    summed, exposure says it.
    """

    treated: str
    donors: tuple[str, ...]
    pre: tuple[str, ...]
    donut: tuple[str, ...]
    post: tuple[str, ...]
    windows: tuple[tuple[str, tuple[str, ...]], ...]
    joined: int = field(default=1, kw_only=True)

    @property
    def periods(self) -> tuple[str, ...]:
        return self.pre + self.donut + self.post

    def positions(self, periods: Iterable[str]) -> np.ndarray:
        """Positions of some of the periods."""
        place = {period: index for index, period in enumerate(self.periods)}
        return np.array([place[period] for period in periods], dtype=int)

    def placebo(self, donor: str) -> "Design":
        """The same design with one donor as if treated; the treated unit is not among the rest.

        Letting the treated unit serve as a donor of the placebos would carry its effect into the
        null distribution.
        """
        rest = tuple(unit for unit in self.donors if unit != donor)
        return replace(self, treated=donor, donors=rest, joined=1)

    @cached_property
    def placebos(self) -> tuple["Design", ...]:
        """Every donor as if treated, in their order; built once, since simulations ask often."""
        return tuple(self.placebo(donor) for donor in self.donors)

    def family(self) -> list["Design"]:
        """The design itself, then every placebo in the order of the donors."""
        return [self, *self.placebos]


def make_design(panel: OutcomePanel, units: pd.DataFrame, study: Study) -> Design:
    """The study's design for one outcome, on the periods that are whole and covered.

    Raises `EstimationError`, naming study and outcome, where no pre- or post-period is covered,
    where the treated unit has no event before treatment, or where every donor is zero; of an
    outcome that is no count, where no donor's value ever moves.
    """

    def inside(span: Span) -> tuple[str, ...]:
        return periods_inside(panel, span)

    windows = tuple((name, inside(span)) for name, span in study.window.items())
    design = Design(
        treated=study.treated,
        donors=donors_of(units),
        pre=inside(study.pre_period),
        donut=inside(study.donut) if study.donut else (),
        post=max((periods for _, periods in windows), key=len),
        windows=windows,
        joined=1 if panel.counted else study.joined,
    )
    _refuse_impossible(panel, design, study)
    return design


def one_window(
    panel: OutcomePanel, donors: Iterable[str], study: Study, span: Span, name: str = "post"
) -> Design:
    """The study's design with other donors and one window, a span, as far as the panel has it.

    Nothing is refused: periods may lack and counts be silent.
    """
    post = periods_inside(panel, span)
    return Design(
        treated=study.treated,
        donors=tuple(donors),
        pre=periods_inside(panel, study.pre_period),
        donut=periods_inside(panel, study.donut) if study.donut else (),
        post=post,
        windows=((name, post),),
        joined=1 if panel.counted else study.joined,
    )


def reaches(design: Design, last: str) -> bool:
    """Whether there are periods enough before treatment, and `last` is the last one after."""
    return len(design.pre) >= FEWEST_PRE and design.post[-1:] == (last,)


def silence(panel: OutcomePanel, design: Design) -> str:
    """Why counts are too few for a ratio, or an empty text, as for values, which have none."""
    if not panel.counted:
        return ""
    if panel.events([design.treated], design.pre) <= 0:
        return "no event before"
    return "no event among donors" if donors_silent(panel, design) else ""


def donors_silent(panel: OutcomePanel, design: Design) -> bool:
    """Whether the donors together have no event before treatment, or none after it.

    Zero is a value like another where the outcome is no count.
    """
    return panel.counted and any(
        panel.events(design.donors, periods) <= 0 for periods in (design.pre, design.post)
    )


def periods_inside(panel: OutcomePanel, span: Span) -> tuple[str, ...]:
    """The panel's periods of which every month lies in the span, in time order."""
    length = FREQUENCIES[panel.frequency]
    return tuple(
        period
        for period in panel.periods
        if all(month in span for month in period_months(period, length))
    )


def _refuse_impossible(panel: OutcomePanel, design: Design, study: Study) -> None:
    def refuse(reason: str) -> None:
        raise EstimationError(f"study {study.study}, outcome {panel.outcome}: {reason}")

    length = FREQUENCIES[study.frequency]
    if len(design.pre) < FEWEST_PRE:
        refuse(
            f"{len(design.pre)} covered {study.frequency}s in the pre-period "
            f"{study.pre_period.first}..{study.pre_period.last}; at least {FEWEST_PRE} are needed. "
            "Check coverage.csv and the windows."
        )
    if design.pre[0] >= shifted(study.pre_period.first, length):
        refuse(
            f"the pre-period begins {study.pre_period.first}, but the first whole "
            f"{study.frequency} covered in it begins {design.pre[0]}. Shorten it, or leave the "
            "outcome out."
        )
    for name, periods in design.windows:
        if not periods:
            refuse(f"no covered {study.frequency} in post window {name}. Check coverage.csv.")
        if period_months(periods[-1], length)[-1] != study.window[name].last:
            refuse(
                f"post window {name} ends {study.window[name].last}, but the last whole "
                f"{study.frequency} covered in it begins {periods[-1]}. Shorten the window, or "
                "leave the outcome out."
            )
        wanted = month_range(study.window[name].first, study.window[name].last)
        held = {month for period in periods for month in period_months(period, length)}
        if gaps := sorted(set(wanted) - held):
            refuse(
                f"post window {name} lacks {gaps[0]}: not covered, or not complete. End the window "
                "before, or leave the outcome out."
            )
    if reason := unusable(panel, [design]):
        refuse(reason)
    if not panel.counted:
        values = panel.rates[np.ix_(panel.rows(design.donors), panel.columns(design.periods))]
        if not np.ptp(values, axis=1).any():
            refuse("no donor's value ever moves; nothing can be matched or compared.")
        return
    if not panel.events([design.treated], design.pre):
        refuse(f"{design.treated} has no event in the pre-period; a ratio to it does not exist.")
    if not panel.events(design.donors, design.pre):
        refuse("all donors are zero in the pre-period; nothing can be compared.")
    for name, periods in design.windows:
        if not panel.events(design.donors, periods):
            refuse(f"all donors are zero in post window {name}; nothing can be compared.")


def refuse_unusable(panel: OutcomePanel, designs: Sequence[Design]) -> None:
    """Raise `EstimationError`, naming outcome and unit, for a design that no estimator can honour:
    no donor, no pre-period, a count that is not finite, an exposure that is not positive.
    """
    if reason := unusable(panel, designs):
        raise EstimationError(f"outcome {panel.outcome}: {reason}")


def refuse_uncounted(panel: OutcomePanel, designs: Sequence[Design], estimator: str) -> None:
    """As `refuse_unusable`; also where an estimator of counts is asked about values."""
    if not panel.counted:
        raise EstimationError(
            f"outcome {panel.outcome}: it is no count, and {estimator} is a model of counts"
        )
    refuse_unusable(panel, designs)


def unusable(panel: OutcomePanel, designs: Sequence[Design]) -> str | None:
    """Why some design cannot be estimated from this panel; None where all can."""
    for design in designs:
        if not design.donors:
            return f"{design.treated} has no donor to be compared with"
        if not design.pre:
            return f"{design.treated} has no pre-period"
    sound = np.isfinite(panel.counts) & np.isfinite(panel.exposure) & (panel.exposure > 0)
    if sound.all():
        return None
    unit, period = np.argwhere(~sound)[0]
    lacking = "finite count or no exposure" if panel.counted else "finite value"
    return f"{panel.units[unit]} has no {lacking} in {panel.periods[period]}"


def design_study(
    panel: pd.DataFrame,
    sectors: pd.DataFrame,
    neighbours: pd.DataFrame,
    study: Study,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`Units` and `States` of the study, once every outcome's design is known to be possible."""
    regions = sectors.get("alcaldia", pd.Series(dtype=str))
    refuse_strange_boroughs(study, regions, "config", "sectors.csv")
    units = assign_units(sectors, neighbours, study)
    for outcome in study.outcomes:
        make_design(
            to_periods(panel, outcome, study.frequency, FREQUENCIES[study.frequency]), units, study
        )
    return units, assign_states(units, tuple(sorted(panel["month"].unique())), study)


def refuse_small_cells(panel: pd.DataFrame, study: Study, smallest_cell: int) -> None:
    """Refuse windows in which the treated sector has fewer events than may be published.

    Effects, sentences and estimates quote its counts of the pre-period and of every post window,
    and windows nest: what one has more than another is held to `smallest_cell` too. Tables show
    calendar years: where such a span is made of them, a single one that is withheld would follow
    from the others. Zero passes. The message names no count.
    """
    if smallest_cell <= 1:
        return
    rows = panel[(panel["sector"] == study.treated) & panel["covered"] & panel["complete"]]
    for outcome in study.outcomes:
        own = rows[rows["outcome"] == outcome]

        def few(span: Span, own: pd.DataFrame = own) -> bool:
            inside = own["month"].between(span.first, span.last)
            return bool(0 < own.loc[inside, "count"].sum() < smallest_cell)

        for name, span in _published_spans(study):
            found = f"{name} has fewer than {smallest_cell} events of {outcome} in {study.treated}"
            if not few(span):
                if sum(map(few, _years_of(span, study))) != 1:
                    continue
                found = f"one year of {found}, which the others would give away"
            raise InputError(
                "config, key disclosure.smallest_cell",
                found,
                "none, or as many as may be published",
                "Lengthen the window, leave it out, or leave the outcome out.",
            )


def _published_spans(study: Study) -> list[tuple[str, Span]]:
    """The pre-period, each post window, and what one of these adds to the one before, by name."""
    ends = sorted({last for _, last in study.post_windows})
    return [
        ("pre_period", study.pre_period),
        *((f"the window to {last}", Span(study.treatment_start, last)) for last in ends),
        *(
            (f"what the window to {last} adds", Span(shifted(before, 1), last))
            for before, last in zip(ends, ends[1:], strict=False)
        ),
    ]


def _years_of(span: Span, study: Study) -> list[Span]:
    """The calendar years that make up a span; none where it has a part of one, or none is known."""
    if study.periods.kind in NAMELESS or not (
        span.first.endswith("-01") and span.last.endswith("-12")
    ):
        return []
    years = range(int(span.first[:4]), int(span.last[:4]) + 1)
    return [Span(f"{year}-01", f"{year}-12") for year in years]
