"""What a scale-up would find, on simulated panels of its own sectors and dates.

The statistic is that of the pooled test (`inference/pooled_kriging.py`): each sector's log rate
ratio of observed to predicted events, from its entry to the horizon, weighted by its precision. On
every panel the count model is fitted again, to the donors of each sector up to the horizon; the
variances of the reference are redrawn. An effect thins the counts after entry, which neither the
prediction nor its error has seen, so that several of these are drawn on each panel; a rise adds
counts to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.calibration.scale_up.candidates import Candidates
from evaluation.calibration.scale_up.world import World
from evaluation.design.design import Design
from evaluation.estimators.count_model import fit_count_model
from evaluation.estimators.kriging import predict
from evaluation.inference.pooled_kriging import log_ratios, precision
from evaluation.inference.sector_kriging import positive_path
from evaluation.panel.periods import OutcomePanel
from evaluation.study.plan import COPIES, Plan, Rollout

REFERENCE, MEASURED = 0, 1  # branches of the seed


@dataclass(frozen=True)
class Group:
    """Sets of sectors that share their donors, and the panels that they are simulated on.

    orders : sets, each in the order in which its sectors enter
    turn, turns : the group has every `turns`-th panel, from `turn` on
    """

    orders: tuple[tuple[str, ...], ...]
    turn: int = 0
    turns: int = 1

    @property
    def members(self) -> tuple[str, ...]:
        """All sectors of its sets, sorted: none of them is a donor."""
        return tuple(sorted({name for order in self.orders for name in order}))

    def order(self, count: int) -> tuple[str, ...]:
        """The set of so many sectors, or the first ones of the smallest that is larger."""
        larger = [order for order in self.orders if len(order) >= count]
        return min(larger, key=len)[:count]


@dataclass(frozen=True)
class Simulated:
    """One design with K sectors at one horizon; each panel has the set of one of G groups.

    reference : (R, copies) pooled log rate ratios without an effect, variances redrawn
    found : (P, copies, ratios) with each rate ratio, on other panels, variances as fitted
    error : (G,) usual standard error of the pooled log rate ratio
    reference_group, found_group : (R,) and (P,) the group that a panel has
    """

    rollout: Rollout
    sectors: int
    reference: np.ndarray
    found: np.ndarray
    error: np.ndarray
    reference_group: np.ndarray
    found_group: np.ndarray


@dataclass(frozen=True)
class Panels:
    """N simulated panels without an effect: (N, J, T) counts, and the means they are Poisson of."""

    counts: np.ndarray
    means: np.ndarray


def simulate(
    world: World, candidates: Candidates, groups: Sequence[Group], plan: Plan, horizon: int
) -> list[Simulated]:
    """All designs and numbers of sectors of a plan, at one horizon (months).

    A panel is the same one for every horizon and for other groups.
    """
    cases = [(rollout, count) for rollout in plan.designs for count in plan.sectors]
    parts: tuple[list, list] = ([], [])
    for number, group in enumerate(groups):
        for branch, panels in ((REFERENCE, plan.reference_panels), (MEASURED, plan.panels)):
            drawn = draw_panels(world, plan, branch, range(group.turn, panels, group.turns))
            generator = np.random.default_rng([plan.seed, branch, number, horizon])
            parts[branch].append(
                _group_ratios(
                    world,
                    candidates,
                    group,
                    cases,
                    drawn,
                    plan,
                    horizon,
                    plan.ratios if branch == MEASURED else (1.0,),
                    generator,
                )
            )
    return [_collected(case, *parts, place) for place, case in enumerate(cases)]


def draw_panels(world: World, plan: Plan, branch: int, numbers: Sequence[int]) -> Panels:
    """Panels by number, each with a seed of its own.

    Variances are redrawn in the reference, and as fitted where size and power are measured.
    """
    drawn = np.empty((2, len(numbers), *world.panel.counts.shape))
    for row, number in enumerate(numbers):
        generator = np.random.default_rng([plan.seed, branch, number])
        variation = world.model.variation
        if branch == REFERENCE:
            variation = world.model.redrawn(generator)
        drawn[:, row] = world.draw(variation, generator)
    return Panels(*drawn)


def _group_ratios(
    world: World,
    candidates: Candidates,
    group: Group,
    cases: Sequence[tuple[Rollout, int]],
    drawn: Panels,
    plan: Plan,
    horizon: int,
    ratios: Sequence[float],
    generator: np.random.Generator,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each case, pooled log rate ratios (N, copies, ratios) and their precision (N,)."""
    entries = [
        list(zip(group.order(count), rollout.entries(count, plan.horizons[0]), strict=True))
        for rollout, count in cases
    ]
    end = world.end(horizon)
    found = {}
    for name in group.members:
        waits = sorted({wait for each in entries for entering, wait in each if entering == name})
        donors = candidates.donors(name, group.members)
        common, deviations = fitted(world, drawn.counts[:, :, :end], name, donors)
        row = world.panel.rows([name])[0]
        for wait in waits:
            entry = world.start + wait // world.length
            where = f"outcome {world.panel.outcome}, {name}"
            expected, weight = predicted(drawn.counts[:, row, :entry], common, deviations, where)
            means = drawn.means[:, row, entry:end].sum(axis=1)
            events = planted(means, ratios, generator)
            found[name, wait] = log_ratios(events, expected[:, None, None]), weight
    return [pooled([found[key] for key in each]) for each in entries]


def fitted(
    world: World, counts: np.ndarray, name: str, donors: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Common paths (N, T) and covariances of log rates (N, T, T) that donors show on N panels.

    counts : (N, J, T) up to the horizon
    """
    periods = world.panel.periods[: counts.shape[2]]
    after = periods[world.start :]
    design = Design(name, donors, periods[: world.start], (), after, (("all", after),))
    shape = OutcomePanel(
        world.panel.outcome,
        world.panel.frequency,
        world.panel.units,
        periods,
        counts[0],
        world.panel.exposure[:, : len(periods)],
    )
    models = [fit_count_model(replace(shape, counts=each), design) for each in counts]
    common = np.array([positive_path(model) for model in models])
    return common, np.array([model.covariance for model in models])


def predicted(
    counts: np.ndarray, common: np.ndarray, deviations: np.ndarray, where: str
) -> tuple[np.ndarray, np.ndarray]:
    """Predicted events from an entry to the end (N,), at least zero, and their precision (N,).

    counts : (N, P) of one sector before its entry
    """
    entry = counts.shape[1]
    # For one sector a panel this is faster than `kriging_totals`, and the same.
    prediction = predict(counts, common, deviations, where)
    expected = np.maximum(prediction.path[:, entry:].sum(axis=1), 0.0)
    variance = prediction.errors.sum(axis=(1, 2))
    return expected, precision(expected, variance)


def planted(
    means: np.ndarray, ratios: Sequence[float], generator: np.random.Generator
) -> np.ndarray:
    """(N, copies, ratios) events of (N,) means under each rate ratio.

    Of a fall each is kept with the probability of the ratio, and what is lost under one ratio is
    lost under those after it: they fall from 1. Of a rise Poisson events are added, and those under
    one ratio are there under those after it. Either way they are Poisson with the mean times the
    ratio.
    """
    whole = generator.poisson(means[:, None], (len(means), COPIES))
    kept, before, columns = whole, 1.0, []
    for ratio in ratios:
        if ratio > 1:
            kept, before = (whole, 1.0) if before < 1 else (kept, before)
            kept = kept + generator.poisson((ratio - before) * means[:, None], whole.shape)
        elif before:
            kept = generator.binomial(kept, ratio / before)
        before = ratio
        columns.append(kept)
    return np.stack(columns, axis=2)


def pooled(sectors: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Pooled log rate ratios (N, copies, ratios) of sectors, and their precision (N,).

    sectors : of each, log rate ratios of that shape and precisions (N,)

    Where nothing is expected in any sector there is no ratio: NaN.
    """
    total = np.sum([weight for _, weight in sectors], axis=0)
    known = np.where(total > 0, total, np.nan)
    return sum((weight / known)[:, None, None] * ratio for ratio, weight in sectors), total


def _collected(
    case: tuple[Rollout, int], reference: Sequence, found: Sequence, place: int
) -> Simulated:
    """Panels of all groups, one group after the other."""
    mine = [part[place] for part in reference], [part[place] for part in found]
    errors = [
        np.nanmedian(np.concatenate([one[1], other[1]]) ** -0.5)
        for one, other in zip(*mine, strict=True)
    ]
    numbers = np.arange(len(errors))
    return Simulated(
        *case,
        reference=np.concatenate([ratios[:, :, 0] for ratios, _ in mine[0]]),
        found=np.concatenate([ratios for ratios, _ in mine[1]]),
        error=np.array(errors),
        reference_group=np.repeat(numbers, [len(ratios) for ratios, _ in mine[0]]),
        found_group=np.repeat(numbers, [len(ratios) for ratios, _ in mine[1]]),
    )
