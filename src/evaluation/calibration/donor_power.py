"""What each test would have found on the real panel: every donor as if it were treated.

At every start that leaves windows of the study's length. Effects are added as in `power.py`, by
thinning the donor's own counts after the start.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evaluation.calibration.draws import GRID, Draws, critical_pair, critical_value
from evaluation.calibration.power import of_treated, split_tests, thinned, true_effects
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.design import Design
from evaluation.estimators.protocol import Estimator
from evaluation.inference.calibrated import draw_panel, signed_z
from evaluation.inference.count_model import fit_count_model
from evaluation.inference.inversion import Scores
from evaluation.inference.permutation import scores_if_any
from evaluation.inference.placebo import stack, totals
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
        fits = estimator.fit_many(panel, start.placebos)
        place = start.positions(start.post)
        for name, parts in _leave_one(fits, start, place, names, centre, generator).items():
            scored[name].append(parts)
        found = _donor_critical(panel, start, estimator, calibrated, centre, generator)
        for name, values in found.items():
            critical[name].append(values)
    result = {}
    for name in names:
        draws = _donor_stack(scored[name])
        if name in plain:
            result[window[0], name] = draws
        if name in calibrated:
            lower, upper = np.moveaxis(np.array(critical[name]), 2, 0)[:, :, None, :]
            result[window[0], name + CALIBRATED_SUFFIX] = replace(draws, lower=lower, upper=upper)
    return result


def _donor_stack(parts: Sequence[Sequence[tuple[Scores, float, np.ndarray]]]) -> Draws:
    """Draws of P starts × K donors from the scores of each."""
    first = parts[0][0][0]
    fields = [
        np.array([[getattr(scored, field) for scored, _, _ in start] for start in parts])
        for field in ("deviation", "standard_error")
    ]
    effect = np.array([[effect for _, _, effect in start] for start in parts])
    critical = np.array([[critical for _, critical, _ in start] for start in parts])[:, None, :]
    return Draws(
        first.scale,
        first.has_interval,
        *(np.swapaxes(values, 1, 2) for values in (*fields, effect)),
        -critical,
        critical,
    )


def _donor_critical(
    panel: OutcomePanel, design: Design, estimator: Estimator, names, centre: str, generator
) -> dict[str, np.ndarray]:
    """(K, 2) simulated critical z, low and high, of every donor at one start, by test."""
    if not names:
        return {}
    model = fit_count_model(panel, design)
    place = design.positions(design.post)
    values: dict[str, list] = {name: [] for name in names}
    for _ in range(DONOR_PANELS):
        null = draw_panel(panel, design, model, model.redrawn(generator), generator)
        fits = estimator.fit_many(null, design.placebos)
        paths, count = stack(fits), len(fits)
        families = [totals(paths.members(in_front(donor, count)), place) for donor in range(count)]
        for name in names:
            scored = [signed_z(scores_if_any(name, one, centre), one, 1) for one in families]
            values[name].append(np.concatenate(scored))
    near = next_in_size(model.means)
    found = {}
    for name, draws in values.items():
        reference = np.array(draws)
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


def in_front(position: int, count: int) -> np.ndarray:
    """All positions with one of them moved to the front."""
    return np.r_[position, np.delete(np.arange(count), position)]


def _leave_one(fits, design, place, names, centre, generator) -> dict[str, list]:
    """For every donor: scores of its thinned counts, critical value of the others, effects."""
    everyone = stack(fits)
    found: dict[str, list] = {name: [] for name in names}
    for donor in range(len(fits)):
        paths = thinned(
            everyone.members(in_front(donor, len(fits))), 1, len(design.donut), generator
        )
        family, effects = totals(paths, place), true_effects(paths, place, 1)
        treated = len(GRID)
        for name in names:
            result = scores_if_any(name, family, centre, treated)
            critical = critical_value(result.z[treated:], NOMINAL)
            cut = of_treated(result, family, treated)
            found[name].append((cut, critical, effects[result.scale]))
    return found


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
