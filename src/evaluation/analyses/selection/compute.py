"""How much of the effect could regression to the mean explain?

A sector that is chosen because its violence had just risen tends to fall back by itself. Panels on
which nothing happens are drawn from the count model fitted to the donors; on each, a sector is
chosen as a pilot might be, and what the study would have estimated for it is the rule's own bias.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.analyses.selection.contract import Selection
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.design import Design
from evaluation.estimators.count_model import (
    CountModel,
    Variation,
    covariance,
    fit_count_model,
)
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.alternatives import Again
from evaluation.inference.calibrated import batches, draw_panel, treated_size
from evaluation.inference.permutation import permutation_ferman_pinto
from evaluation.inference.placebo import members, stack_panels, totals
from evaluation.panel.periods import OutcomePanel
from evaluation.study.contract import from_rows
from evaluation.study.errors import EstimationError
from evaluation.study.months import shifted
from evaluation.study.seeds import seed_of
from evaluation.study.study import FREQUENCIES, Study

FEWEST_PERIODS = 2  # of a pre-period
NONE, STUDY, LEFT_OUT, CHANGE = "none", "study", "year left out", "change"
MEASURES = ("rise", "level")
PERSISTENCE = ("fitted", "none")  # of the sectors' own departures from the common path


@dataclass(frozen=True)
class Rule:
    """Whom a pilot would choose: the large sector with the highest score in one year.

    measure : `level` (events in the year) or `rise` (the same against the sector's own past)
    year, earlier : the year's periods, and those of the pre-period before it
    """

    measure: str
    year: tuple[str, ...]
    earlier: tuple[str, ...]

    @property
    def usable(self) -> bool:
        return bool(self.year) and len(self.earlier) >= FEWEST_PERIODS

    def scores(self, panel: OutcomePanel, units: tuple[str, ...]) -> np.ndarray:
        """(units,) events of the year, or events a period over those before (½ against zeros)."""
        counts = panel.counts[panel.rows(units)]
        late = counts[:, panel.columns(self.year)].sum(axis=1)
        if self.measure == "level":
            return late
        early = counts[:, panel.columns(self.earlier)].sum(axis=1)
        return ((late + 0.5) / len(self.year)) / ((early + 0.5) / len(self.earlier))


@dataclass(frozen=True)
class World:
    """One outcome's panel and the comparisons made on it.

    designs : by name, on the same periods; window : post-periods of the estimates
    rules : by name, those that choose a sector
    change : periods before and after of the raw change; None where there is not a year of each
    """

    panel: OutcomePanel
    designs: dict[str, Design]
    window: tuple[str, ...]
    rules: dict[str, Rule]
    change: tuple[tuple[str, ...], tuple[str, ...]] | None

    @property
    def own(self) -> Design:
        return self.designs[STUDY]


@dataclass(frozen=True)
class Draws:
    """Simulated panels under one persistence.

    pairs : by rule and comparison, (panels, 2) log ratio and p-value (NaN for the raw change)
    scores : by rule, of the chosen unit on each panel; large : units that could be chosen
    """

    pairs: dict[tuple[str, str], np.ndarray]
    scores: dict[str, list[float]]
    large: tuple[str, ...]


def selection(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`Selection` rows of the primary estimator in the primary window.

    Large sectors, which can be chosen, have at least `selection_share` of the study's own sector's
    expected events before treatment, by the model.
    """
    rows = []
    for outcome in study.robustness.time.outcomes:
        rows += _rows(study, make_world(study, panel, units, outcome))
    return from_rows(rows, Selection)


def make_world(study: Study, panel: pd.DataFrame, units: pd.DataFrame, outcome: str) -> World:
    """The study's design over its longest window, and the same matched to the year before last."""
    longest = max(study.post_windows, key=lambda pair: pair[1])[0]
    alternative = Again(study, panel, outcome).alternative(study, units, longest)
    design, length = alternative.design, FREQUENCIES[study.frequency]
    before = design.pre + design.donut
    window = tuple(
        period
        for period in design.post
        if shifted(period, length - 1) <= study.window[study.primary.window].last
    )
    rules = _rules(study, before)
    year = rules["rise start"]
    designs = {STUDY: design}
    if year.usable:
        designs[LEFT_OUT] = replace(design, pre=year.earlier, donut=year.year)
    wanted = max(1, study.periods.year // length)
    enough = len(design.post) >= wanted and len(year.year) == wanted
    change = (year.year, design.post[-wanted:]) if enough else None
    return World(alternative.panel, designs, window, rules, change)


def _rules(study: Study, before: tuple[str, ...]) -> dict[str, Rule]:
    """Level and rise of the year before the start and, where there is one, before the set-up."""
    ends = {"start": study.treatment_start}
    if study.donut:
        ends["set-up"] = study.donut.first
    rules = {}
    for name, end in ends.items():
        first = shifted(end, -study.periods.year)
        year = tuple(period for period in before if first <= period < end)
        earlier = tuple(period for period in before if period < first)
        rules |= {f"{measure} {name}": Rule(measure, year, earlier) for measure in MEASURES}
    return rules


def net_change(panel: OutcomePanel, unit: str, others: tuple[str, ...], change) -> float:
    """Log change of one unit's events between two years, minus that of the others together."""
    before, after = (panel.columns(periods) for periods in change)

    def of(units: tuple[str, ...]) -> float:
        counts = panel.counts[panel.rows(units)].sum(axis=0)
        return math.log((counts[after].sum() + 0.5) / (counts[before].sum() + 0.5))

    return of((unit,)) - of(others)


def _rows(study: Study, world: World) -> list[dict[str, object]]:
    rules = (NONE, *world.rules)
    keys = [(rule, comparison) for rule in rules for comparison in (STUDY, LEFT_OUT, CHANGE)]
    blank = {"outcome": world.panel.outcome, "estimator": study.primary.estimator, "panels": 0}
    rows = []
    for persistence in PERSISTENCE:
        try:
            draws = simulate(study, world, persistence)
            [real] = _estimates(study, world, [world.panel], [(study.treated,)])
        except EstimationError:
            draws, real = None, {}
        for rule, comparison in keys:
            row = blank | _nothing() | {"rule": rule, "comparison": comparison}
            row |= {"persistence": persistence, "large": len(draws.large) if draws else 0}
            if draws is None:
                row["reason"] = "not estimable"
            elif (rule, comparison) not in draws.pairs:
                row["reason"] = "short window" if comparison == CHANGE else "short pre-period"
            else:
                observed, _ = real[study.treated, comparison]
                row |= _summary(draws.pairs[rule, comparison], observed, comparison)
                row |= _scores(study, world, draws, rule)
            rows.append(row)
    return rows


def _nothing() -> dict[str, object]:
    columns = ("bias", "bias_error", "spread", "rejecting", "rejecting_error", "observed")
    more = ("as_low", "chosen_score", "observed_score", "observed_rank")
    return dict.fromkeys((*columns, *more), math.nan) | {"reason": ""}


def _summary(pairs: np.ndarray, observed: float, comparison: str) -> dict[str, float]:
    """Bias, spread, rejections and the share of draws as low as what was observed."""
    values, count = pairs[:, 0], len(pairs)
    spread = float(values.std(ddof=1))
    row = {
        "panels": count,
        "bias": float(values.mean()),
        "bias_error": spread / math.sqrt(count),
        "spread": spread,
        "observed": observed,
        "as_low": float((values <= observed).mean()),
    }
    if comparison != CHANGE:
        # Without a positive expected count there is no p-value, and nothing is rejected.
        rejecting = float((pairs[:, 1] <= NOMINAL).mean())
        error = math.sqrt(rejecting * (1 - rejecting) / count)
        row |= {"rejecting": rejecting, "rejecting_error": error}
    return row


def _scores(study: Study, world: World, draws: Draws, rule: str) -> dict[str, float]:
    """The score that chose the simulated sectors, and the real sector's own with its rank."""
    if rule == NONE:
        return {}
    scores = world.rules[rule].scores(world.panel, draws.large)
    own = scores[draws.large.index(study.treated)]
    return {
        "chosen_score": float(np.mean(draws.scores[rule])),
        "observed_score": float(own),
        "observed_rank": float((scores >= own).sum()),
    }


def simulate(study: Study, world: World, persistence: str) -> Draws:
    """Null panels, the sector that each rule chooses on them, and what is estimated for it.

    persistence : `fitted`, or `none`, where each sector's log rate varies as much, but
        independently from period to period, so that every rise is gone in the next one
    """
    model = fit_count_model(world.panel, world.own)
    large = large_units(study, world, model)
    seed = f"{study.stream} {study.calibration.seed} selection {persistence} {world.panel.outcome}"
    generator = np.random.default_rng(seed_of(seed))
    pairs: dict[tuple[str, str], list] = {}
    found: dict[str, list] = {name: [] for name, rule in world.rules.items() if rule.usable}
    for some in batches(study.robustness.time.selection_panels):
        nulls, chosen = [], []
        for _ in some:
            variation = model.redrawn(generator)
            if persistence == "none":
                total = float(np.diag(covariance(variation, model.years)).mean())
                variation = Variation(over_dispersion=total)
            nulls.append(draw_panel(world.panel, world.own, model, variation, generator))
            picks = {NONE: study.treated}
            for rule, values in found.items():
                scores = world.rules[rule].scores(nulls[-1], large)
                picks[rule] = large[int(np.argmax(scores))]
                values.append(float(scores.max()))
            chosen.append(picks)
        wanted = [tuple(sorted(set(picks.values()))) for picks in chosen]
        for picks, estimates in zip(chosen, _estimates(study, world, nulls, wanted), strict=True):
            for rule, unit in picks.items():
                for comparison in (STUDY, LEFT_OUT, CHANGE):
                    if (unit, comparison) in estimates:
                        pair = estimates[unit, comparison]
                        pairs.setdefault((rule, comparison), []).append(pair)
    return Draws({key: np.array(values) for key, values in pairs.items()}, found, large)


def large_units(study: Study, world: World, model: CountModel) -> tuple[str, ...]:
    """The study's own sector and donors with at least `selection_share` of its expected events."""
    own = treated_size(world.panel, world.own, model)
    least = study.robustness.time.selection_share * own
    donors = [unit for unit, mean in zip(model.units, model.means, strict=True) if mean >= least]
    return tuple(sorted([study.treated, *donors]))


def _estimates(
    study: Study,
    world: World,
    panels: Sequence[OutcomePanel],
    picked: Sequence[tuple[str, ...]],
) -> list[dict[tuple[str, str], tuple[float, float]]]:
    """Log ratio and p-value of each unit picked on each panel as the treated one, by comparison.

    Every unit is fitted once on all others, the picked one among them: where nothing happened it
    may serve as a donor of the placebos that it is ranked among. A change has no p-value.
    """
    everyone = (study.treated, *world.own.donors)
    others = {unit: tuple(sorted(name for name in everyone if name != unit)) for unit in everyone}
    place = {unit: position for position, unit in enumerate(everyone)}
    estimator = ESTIMATORS[study.primary.estimator]
    found: list[dict[tuple[str, str], tuple[float, float]]] = [{} for _ in panels]
    for name, design in world.designs.items():
        designs = [replace(design, treated=unit, donors=others[unit]) for unit in everyone]
        paths = stack_panels(estimator, panels, designs)
        window = design.positions(world.window)
        for number, (units, estimates) in enumerate(zip(picked, found, strict=True)):
            family = totals(paths.panel(number), window)
            for unit in units:
                own = members(family, [place[unit], *(place[other] for other in others[unit])])
                result = permutation_ferman_pinto(own, study.level, study.centre)
                estimates[unit, name] = float(own.log_ratio[0]), result.p_value
    if world.change:
        for panel, units, estimates in zip(panels, picked, found, strict=True):
            for unit in units:
                change = net_change(panel, unit, others[unit], world.change)
                estimates[unit, CHANGE] = change, math.nan
    return found
