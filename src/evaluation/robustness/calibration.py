"""How often does a test call an effect where there is none? Measured on panels of this very shape.

Null panels keep the donors' and the treated unit's own pre-period rates and the donors' real common
path; counts are Poisson around them, each unit's log rate with a random walk of its own.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from evaluation.design.design import Design, make_design
from evaluation.estimators.protocol import Estimator
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.permutation import TESTS
from evaluation.inference.placebo import summarise
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.robustness.labels import NOMINAL
from evaluation.study import FREQUENCIES, Study
from evaluation.tables import Size, check


def measure_size(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    window: str,
    tests: Sequence[str],
    centre: str,
    drifts: Sequence[float],
    panels: int,
    seed: str,
) -> pd.DataFrame:
    """`Size` rows: the share of null panels on which each test rejects at 5 %.

    `seed` is a text (study hash, task): every drift draws its own stream from it, so that a result
    does not depend on which others are asked for.
    """
    periods = dict(design.windows)[window]
    rows = []
    for drift in drifts:
        rejections = dict.fromkeys(tests, 0)
        contradictions = dict.fromkeys(tests, 0)
        generator = np.random.default_rng(seed_of(f"{seed} {drift!r}"))
        for null in null_panels(panel, design, drift, panels, generator):
            family = summarise(estimator.fit_many(null, design.family()), periods)
            for test in tests:
                result = TESTS[test](family, 1 - NOMINAL, centre)
                rejected = result.p_value <= NOMINAL
                rejections[test] += rejected
                if not math.isnan(result.ci_low):
                    excluded = result.ci_low > 0 or result.ci_high < 0
                    contradictions[test] += excluded != rejected
        for test in tests:
            size = rejections[test] / panels
            rows.append(
                {
                    "outcome": panel.outcome,
                    "estimator": estimator.name,
                    "window": window,
                    "inference": test,
                    "drift": float(drift),
                    "panels": panels,
                    "size": size,
                    "standard_error": math.sqrt(size * (1 - size) / panels),
                    "contradictions": contradictions[test],
                }
            )
    return check(pd.DataFrame(rows), Size, "size")


def null_panels(
    panel: OutcomePanel, design: Design, drift: float, count: int, generator: np.random.Generator
) -> Iterator[OutcomePanel]:
    """Panels of the design's units and periods on which nothing happened.

    Expected events are unit mean × common factor × random walk. Unit means are the real pre-period
    ones (half an event in all where a unit had none), the common factor is the donors' real path,
    and the walk has yearly standard deviation `drift` and starts at 1 in the first period.
    """
    units = tuple(sorted((design.treated, *design.donors)))
    columns = panel.columns(design.periods)
    counts = panel.counts[np.ix_(panel.rows(units), columns)]
    pre = len(design.pre)
    means = np.maximum(counts[:, :pre].sum(axis=1), 0.5) / pre
    donors = panel.counts[np.ix_(panel.rows(design.donors), columns)].sum(axis=0)
    expected = np.outer(means, donors / donors[:pre].mean())
    step = drift * math.sqrt(FREQUENCIES[panel.frequency] / 12)
    for _ in range(count):
        walk = np.cumsum(generator.normal(0.0, 1.0, expected.shape), axis=1) * step
        walk -= walk[:, :1]
        yield OutcomePanel(
            panel.outcome,
            panel.frequency,
            units,
            design.periods,
            generator.poisson(expected * np.exp(walk)).astype(float),
            panel.exposure[np.ix_(panel.rows(units), columns)],
        )


def seed_of(text: str) -> int:
    """A 64-bit seed from a text, the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def calibrate(
    panel: pd.DataFrame, units: pd.DataFrame, study: Study, estimator: str
) -> pd.DataFrame:
    """`Size` rows of one estimator: the study's primary outcome, primary window and every test."""
    matrices = to_periods(panel, study.outcomes[0], study.frequency, FREQUENCIES[study.frequency])
    return measure_size(
        matrices,
        make_design(matrices, units, study),
        ESTIMATORS[estimator],
        window=study.primary_window,
        tests=study.tests,
        centre=study.centre,
        drifts=study.calibration.drifts,
        panels=study.calibration.panels,
        seed=f"{study.hash} {study.calibration.seed} size {estimator}",
    )
