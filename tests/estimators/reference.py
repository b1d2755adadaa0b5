"""What the tests of the family share: a generic solver, random panels, data of packages."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.conftest import poisson_panel, simple_design


def generic_simplex(H, q, start=None):
    """Minimiser of ½w′Hw + q′w on the simplex by SLSQP, which knows nothing of active sets here."""
    count, scale = len(q), np.abs(np.diag(H)).max()
    A, b = H / scale, q / scale
    found = minimize(
        lambda w: 0.5 * w @ A @ w + b @ w,
        np.full(count, 1 / count) if start is None else start,
        jac=lambda w: A @ w + b,
        bounds=[(0, 1)] * count,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(count)},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 3000},
    )
    w = np.maximum(found.x, 0)
    return w / w.sum()


def random_panels(count, units=(4, 16), **changes):
    """Small panels of every shape, with the design of `simple_design`."""
    generator = np.random.default_rng(20200101)
    for seed in range(count):
        panel = poisson_panel(
            seed=seed,
            units=int(generator.integers(*units)),
            mean=float(generator.choice([3.0, 8.0, 30.0])),
        )
        yield panel, simple_design(panel, pre=int(generator.integers(5, 18)), **changes)


def rates_of(panel, design):
    """Treated (T,) and donor (J, T) rates over the design's periods."""
    columns = panel.columns(design.periods)
    rates = panel.rates[:, columns]
    return rates[panel.rows([design.treated])[0]], rates[panel.rows(design.donors)]


def published(package: str, file: str) -> Path:
    """A data file of a Python package that is not a dependency; skips where it is not at hand.

    PUBLISHED_DATA names a folder that holds the packages' own folders (a site-packages); a package
    that is installed is found without it. No package is imported.
    """
    places = [Path(os.environ.get("PUBLISHED_DATA", "")) / package]
    if spec := importlib.util.find_spec(package):
        places.append(Path(spec.origin).parent)
    for place in places:
        if (place / file).is_file():
            return place / file
    pytest.skip(f"not at hand: {package}/{file}; set PUBLISHED_DATA to where {package} lies")
