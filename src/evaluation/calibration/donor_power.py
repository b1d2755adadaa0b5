"""What each test would have found on the real panel: every donor as if it were treated.

At every start that leaves windows of the study's length. Falls are added as in `power.py`, by
thinning the donor's own counts after the start. Rises cannot be: what a real donor would have had
beside its events is not known. Each event brings further ones instead, which adds a little noise.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evaluation.calibration.draws import GRID, Draws, critical_pair, critical_values
from evaluation.calibration.power import (
    of_treated,
    planted,
    split_tests,
    thinned_counts,
    true_effects,
)
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.design import Design
from evaluation.estimators.count_model import fit_count_model
from evaluation.estimators.protocol import Estimator
from evaluation.inference.calibrated import draw_panel, signed_z
from evaluation.inference.inversion import Scores
from evaluation.inference.permutation import scores_if_any
from evaluation.inference.placebo import (
    PathStack,
    PlaceboFamily,
    members,
    stack,
    stack_panels,
    totals,
)
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError
from evaluation.study.study import CALIBRATED_SUFFIX

DONOR_PANELS = 20  # simulated panels a fake start, for the calibrated tests
NEIGHBOURS = 5  # donors next in size, on each side, that share a reference


def donor_draws(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    window: tuple[str, tuple[str, ...]],
    tests: Sequence[str],
    centre: str,
    seed: int,
    ratios: tuple[float, ...] = GRID,
) -> dict[tuple[str, str], Draws]:
    """Draws from the real panel: P starts, K donors, each as if treated among the others.

    The other donors keep the unthinned counts of the one that is tested in their own donor pools. A
    calibrated test compares a donor with simulated units of its size: itself and its neighbours in
    size, each as if treated, on panels drawn from the model fitted to that start.
    """
    generator = np.random.default_rng(seed)
    plain, calibrated = split_tests(tests)
    names = sorted({*plain, *calibrated})
    scored: dict[str, list] = {name: [] for name in names}
    critical: dict[str, list] = {name: [] for name in calibrated}
    for start in fake_starts(panel, design, window[1]):
        everyone = stack(estimator.fit_many(panel, start.placebos))
        place = start.positions(start.post)
        before = len(start.pre) + len(start.donut)
        paths = as_if_treated(everyone, before, generator, ratios)
        family = totals(paths, place)
        effects = true_effects(paths, place, paths.observed[..., :1, :], ratios)
        for name in names:
            scored[name].append(_scores_of_each(name, family, effects, centre, len(ratios)))
        found = _donor_critical(panel, start, estimator, calibrated, centre, generator)
        for name, values in found.items():
            critical[name].append(values)
    result = {}
    for name in names:
        draws = replace(_donor_stack(scored[name]), ratios=ratios)
        if name in plain:
            result[window[0], name] = draws
        if name in calibrated:
            lower, upper = np.moveaxis(np.array(critical[name]), 2, 0)[:, :, None, :]
            result[window[0], name + CALIBRATED_SUFFIX] = replace(draws, lower=lower, upper=upper)
    return result


def _donor_stack(parts: Sequence[tuple[Scores, np.ndarray, np.ndarray]]) -> Draws:
    """Draws of P starts × K donors from the scores (K, R), critical values (K,) and effects (K, R)
    of each start."""
    first = parts[0][0]
    deviation, error, effect = (
        np.array(values).swapaxes(1, 2)
        for values in zip(
            *((scored.deviation, scored.standard_error, effect) for scored, _, effect in parts),
            strict=True,
        )
    )
    critical = np.array([critical for _, critical, _ in parts])[:, None, :]
    return Draws(first.scale, first.has_interval, deviation, error, effect, -critical, critical)


def _donor_critical(
    panel: OutcomePanel, design: Design, estimator: Estimator, names, centre: str, generator
) -> dict[str, np.ndarray]:
    """(K, 2) simulated critical z, low and high, of every donor at one start, by test."""
    if not names:
        return {}
    model = fit_count_model(panel, design)
    place = design.positions(design.post)
    nulls = [
        draw_panel(panel, design, model, model.redrawn(generator), generator)
        for _ in range(DONOR_PANELS)
    ]
    family = totals(stack_panels(estimator, nulls, design.placebos), place)
    each = members(family, fronts(len(family.units)))
    near = next_in_size(model.means)
    found = {}
    for name in names:
        reference = signed_z(scores_if_any(name, each, centre), each, 1)[..., 0]
        found[name] = np.array(
            [critical_pair(reference[:, donors].ravel(), NOMINAL) for donors in near]
        )
    return found


def next_in_size(sizes: np.ndarray) -> np.ndarray:
    """(J, N) positions of each donor's neighbours in size, itself among them; N is at most 11."""
    order = np.argsort(sizes, kind="stable")
    width = min(2 * NEIGHBOURS + 1, len(order))
    near = np.empty((len(order), width), dtype=int)
    for rank, donor in enumerate(order):
        first = min(max(rank - NEIGHBOURS, 0), len(order) - width)
        near[donor] = order[first : first + width]
    return near


def fronts(count: int) -> np.ndarray:
    """(count, count) all positions, in each row with another one of them moved to the front."""
    others = np.arange(count - 1)
    own = np.arange(count)[:, None]
    return np.hstack([own, others + (others >= own)])


def as_if_treated(
    everyone: PathStack,
    before: int,
    generator: np.random.Generator,
    ratios: Sequence[float] = GRID,
) -> PathStack:
    """(K, R + K − 1, T) paths of every donor with each planted ratio, then of the other donors."""
    count = len(everyone.units)
    falls = [ratio for ratio in ratios if ratio <= 1]
    own = [
        np.vstack(
            [
                thinned_counts(everyone.observed[[donor]], before, generator, falls),
                *(
                    raised_counts(everyone.observed[[donor]], before, generator, ratio)
                    for ratio in ratios
                    if ratio > 1
                ),
            ]
        )
        for donor in range(count)
    ]
    return planted(everyone.members(fronts(count)), 1, np.array(own))


def raised_counts(
    counts: np.ndarray, before: int, generator: np.random.Generator, ratio: float
) -> np.ndarray:
    """(K, T) counts that from position `before` on are larger by a ratio above 1 on average.

    Each event counts ⌊ratio⌋ times, and once more with the probability that is left. The sum then
    varies more than a Poisson count of its mean: by a factor of up to 2 for ratios below 2.
    """
    raised = counts.copy()
    after = raised[:, before:].astype(int)
    raised[:, before:] = further(after, generator, ratio)
    return raised


def further(counts: np.ndarray, generator: np.random.Generator, ratio: float) -> np.ndarray:
    """Whole counts that are larger by a ratio of 1 or more on average."""
    times = int(ratio)
    return times * counts + generator.binomial(counts, ratio - times)


def _scores_of_each(
    name: str, family: PlaceboFamily, effects: dict[str, np.ndarray], centre: str, treated: int
) -> tuple[Scores, np.ndarray, np.ndarray]:
    """For every donor: scores of its thinned counts (K, R), critical value of the others (K,) and
    effects (K, R)."""
    result = scores_if_any(name, family, centre, treated)
    critical = critical_values(result.z[..., treated:], NOMINAL)
    cut = of_treated(result, family, treated)
    return cut, critical, np.broadcast_to(effects[result.scale], cut.deviation.shape)


def fake_starts(panel: OutcomePanel, design: Design, window: tuple[str, ...]) -> list[Design]:
    """Designs of the study's shape (pre-period, donut, window) at every start the panel allows.

    Only for the donors: they are untreated throughout. Raises `EstimationError` where not even the
    design's own periods are there.
    """
    shape = (len(design.pre), len(design.donut), len(window))
    periods = panel.periods
    starts = []
    for first in range(len(periods) - sum(shape) + 1):
        pre = periods[first : first + shape[0]]
        donut = periods[first + shape[0] : first + shape[0] + shape[1]]
        post = periods[first + shape[0] + shape[1] : first + sum(shape)]
        starts.append(replace(design, pre=pre, donut=donut, post=post, windows=(("fake", post),)))
    if not starts:
        raise EstimationError(f"outcome {panel.outcome}: no fake start leaves {sum(shape)} periods")
    return starts
