"""What a scale-up would find, on simulated panels of its own sectors and dates.

The statistic is that of the pooled test (`inference/pooled_kriging.py`): each sector's log rate
ratio of observed to predicted events, from its entry to the horizon, weighted by its precision. On
every panel the count model is fitted again, to the donors of each sector up to the horizon; the
variances of the reference are redrawn. An effect thins the counts after entry, which neither the
prediction nor its error has seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.calibration.scale_up.candidates import Candidates
from evaluation.calibration.scale_up.world import World
from evaluation.design.design import Design
from evaluation.estimators.count_model import fit_count_model
from evaluation.estimators.kriging_totals import predict_totals
from evaluation.inference.pooled_kriging import log_ratios, precision
from evaluation.inference.sector_kriging import positive_path
from evaluation.study.plan import Plan, Rollout

REFERENCE, MEASURED = 0, 1  # branches of the seed


@dataclass(frozen=True)
class Simulated:
    """One design with K sectors at one horizon; each panel has one of M sets of sectors.

    reference : (R,) pooled log rate ratios without an effect, variances redrawn
    found : (P, ratios) the same with each rate ratio, on other panels, variances as fitted
    error : (M,) usual standard error of each set's pooled log rate ratio
    reference_set, found_set : (R,) and (P,) which set a panel has
    """

    rollout: Rollout
    sectors: int
    reference: np.ndarray
    found: np.ndarray
    error: np.ndarray
    reference_set: np.ndarray
    found_set: np.ndarray


def simulate(
    world: World,
    candidates: Candidates,
    orders: Sequence[tuple[str, ...]],
    plan: Plan,
    horizon: int,
) -> list[Simulated]:
    """All designs and numbers of sectors of a plan, at one horizon (months).

    orders : sets of sectors in the order of their entry, `plan.most` each; a design with fewer has
        the first of them. Panels go round the orders; they are the same ones for every horizon and
        for other orders. All sectors of an order are left out of the donors, however many enter, so
        that numbers of sectors are compared on the same donors.
    """
    cases = [(rollout, count) for rollout in plan.designs for count in plan.sectors]
    entries = [rollout.entries(count, plan.horizons[0]) for rollout, count in cases]
    parts: list[list[list[np.ndarray]]] = [[[] for _ in cases] for _ in range(4)]
    for number, order in enumerate(orders):
        waits = [{each[k] for each in entries if k < len(each)} for k in range(len(order))]
        for branch, panels in ((REFERENCE, plan.reference_panels), (MEASURED, plan.panels)):
            mine = range(number, panels, len(orders))
            counts = draw_panels(world, plan, branch, mine)[:, :, : world.end(horizon)]
            ratios = plan.ratios if branch == MEASURED else (1.0,)
            generator = np.random.default_rng([plan.seed, branch, number, horizon])
            sectors = [
                predicted(world, candidates, order, k, waits[k], counts, ratios, generator)
                for k in range(len(order))
            ]
            for case, each in enumerate(entries):
                chosen = [sectors[k][wait] for k, wait in enumerate(each)]
                estimate, total = pooled(*map(np.stack, zip(*chosen, strict=True)))
                parts[branch][case].append(estimate)
                parts[2 + branch][case].append(total)
    return [
        _collected(case, *(part[place] for part in parts)) for place, case in enumerate(cases)
    ]


def draw_panels(world: World, plan: Plan, branch: int, numbers: Sequence[int]) -> np.ndarray:
    """(N, J, T) panels without an effect, each with a seed of its own.

    Variances are redrawn in the reference, and as fitted where size and power are measured.
    """
    drawn = np.empty((len(numbers), *world.panel.counts.shape))
    for row, number in enumerate(numbers):
        generator = np.random.default_rng([plan.seed, branch, number])
        variation = world.model.variation
        if branch == REFERENCE:
            variation = world.model.redrawn(generator)
        drawn[row] = world.draw(variation, generator)
    return drawn


def predicted(
    world: World,
    candidates: Candidates,
    order: tuple[str, ...],
    position: int,
    waits: set[int],
    counts: np.ndarray,
    ratios: Sequence[float],
    generator: np.random.Generator,
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """One sector of an order on each of N panels, by months from the start to its entry.

    counts : (N, J, T) up to the horizon

    Returns log rate ratios (N, ratios) and precisions (N,).
    """
    name = order[position]
    donors = candidates.donors(name, order)
    periods = world.panel.periods[: counts.shape[2]]
    after = periods[world.start :]
    design = Design(name, donors, periods[: world.start], (), after, (("all", after),))
    shape = replace(world.panel, periods=periods, exposure=world.panel.exposure[:, : len(periods)])
    models = [fit_count_model(replace(shape, counts=each), design) for each in counts]
    common = np.array([positive_path(model) for model in models])
    deviations = np.array([model.covariance for model in models])
    own = counts[:, world.panel.rows([name])[0]]
    found = {}
    for wait in sorted(waits):
        entry = world.start + wait // world.length
        window = np.arange(len(periods)) >= entry
        expected, variance = (
            values[:, 0, 0]
            for values in predict_totals(
                own[:, None, :entry],
                common,
                deviations,
                np.arange(entry),
                window[None],
                f"outcome {world.panel.outcome}, {name}",
            )
        )
        expected = np.maximum(expected, 0.0)
        events = thinned(own[:, window].sum(axis=1), ratios, generator)
        found[wait] = log_ratios(events, expected[:, None]), precision(expected, variance)
    return found


def thinned(events: np.ndarray, ratios: Sequence[float], generator: np.random.Generator):
    """(N, ratios) events, each kept with the probability of a rate ratio; ratios fall from 1.

    What is lost under one ratio is lost under those below it.
    """
    kept, before, columns = events.astype(np.int64), 1.0, []
    for ratio in ratios:
        kept = generator.binomial(kept, ratio / before) if before else np.zeros_like(kept)
        before = ratio
        columns.append(kept)
    return np.column_stack(columns)


def pooled(ratios: np.ndarray, precisions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pooled log rate ratios (N, ratios), and precisions of them (N,), of K sectors.

    ratios : (K, N, ratios) log rate ratios; precisions : (K, N)

    Where nothing is expected in any sector there is no ratio: NaN.
    """
    total = precisions.sum(axis=0)
    weights = precisions / np.where(total > 0, total, np.nan)
    return (weights[:, :, None] * ratios).sum(axis=0), total


def _collected(
    case: tuple[Rollout, int],
    reference: list[np.ndarray],
    found: list[np.ndarray],
    reference_precision: list[np.ndarray],
    found_precision: list[np.ndarray],
) -> Simulated:
    """Panels of all sets, one set after the other."""
    numbers = np.arange(len(reference))
    both = zip(reference_precision, found_precision, strict=True)
    error = np.array([np.nanmedian(np.concatenate(pair) ** -0.5) for pair in both])
    return Simulated(
        *case,
        np.concatenate(reference)[:, 0],
        np.concatenate(found),
        error,
        np.repeat(numbers, [len(part) for part in reference]),
        np.repeat(numbers, [len(part) for part in found]),
    )
