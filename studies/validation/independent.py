"""Every estimator on every example that ships, beside programs that share no code with it.

Weights come from scipy's non-negative least squares, fixed effects from dummies. Min ‖Xw − y‖² with
w ≥ 0 and Σw = 1 is min ‖Dx‖² + c²(1′x − 1)², x ≥ 0, D = X − y1′, with w = x/Σx; a ridge adds rows.
"""

from collections.abc import Iterator

import numpy as np
from scipy.optimize import nnls

from evaluation.design.design import Design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.panel.periods import OutcomePanel
from studies.validation.checks import Check
from studies.validation.figures import COUNTS, STARTS, example
from studies.validation.published import effect

NNLS, DUMMIES = "scipy nnls", "least squares on dummies"


def simplex(X: np.ndarray, y: np.ndarray, ridge: float = 0.0) -> np.ndarray:
    """w ≥ 0, Σw = 1 that minimises ‖Xw − y‖² + ridge‖w‖²."""
    D = X - y[:, None]
    J = X.shape[1]
    c = np.sqrt((D**2).sum() / J + ridge)
    stacked = np.vstack([D, np.sqrt(ridge) * np.eye(J), np.full((1, J), c)])
    x, _ = nnls(stacked, np.r_[np.zeros(len(stacked) - 1), c], maxiter=10_000)
    return x / x.sum()


def exchanged(X: np.ndarray, y: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """w ≥ 0, Σw = 1 that minimises ‖Xw − y‖² + cost′w: weight moves from the donor with the
    steepest to the one with the least gradient, as far as that helps, until none is steeper."""
    D = X - y[:, None]
    H = D.T @ D
    w = np.zeros(len(H))
    w[np.argmin(np.diag(H) + cost)] = 1.0
    for _ in range(200_000):
        gradient = 2 * H @ w + cost
        into = int(np.argmin(gradient))
        out = int(np.argmax(np.where(w > 0, gradient, -np.inf)))
        gain = gradient[out] - gradient[into]
        if gain <= 1e-12 * abs(gradient[out]):
            break
        curve = 2 * (H[into, into] + H[out, out] - 2 * H[into, out])
        step = w[out] if curve <= 0 else min(w[out], gain / curve)
        w[into] += step
        w[out] -= step
    return w


def parts(panel: OutcomePanel, design: Design) -> tuple[np.ndarray, np.ndarray, int]:
    """Rates of the treated unit (T,) and of the donors (J, T), and the number of pre-periods."""
    rates = panel.rates[:, panel.columns(design.periods)]
    own = rates[panel.rows([design.treated])[0]]
    return own, rates[panel.rows(design.donors)], len(design.pre)


def synthetic_control(panel: OutcomePanel, design: Design) -> float:
    own, donors, pre = parts(panel, design)
    return float((own - simplex(donors[:, :pre].T, own[:pre]) @ donors)[pre:].mean())


def demeaned(panel: OutcomePanel, design: Design) -> float:
    own, donors, pre = parts(panel, design)
    own = own - own[:pre].mean()
    donors = donors - donors[:, :pre].mean(axis=1, keepdims=True)
    return float((own - simplex(donors[:, :pre].T, own[:pre]) @ donors)[pre:].mean())


def augmented(panel: OutcomePanel, design: Design, penalty: float) -> float:
    """Ben-Michael, Feller & Rothstein (2021), equation 8, with an inverse."""
    own, donors, pre = parts(panel, design)
    X, y = donors[:, :pre].T, own[:pre]
    weights = simplex(X, y)
    centred = X - X.mean(axis=1, keepdims=True)
    inverse = np.linalg.inv(centred @ centred.T + penalty * np.eye(pre))
    return float((own - (weights + (y - X @ weights) @ inverse @ centred) @ donors)[pre:].mean())


def penalized(panel: OutcomePanel, design: Design, penalty: float) -> float:
    own, donors, pre = parts(panel, design)
    X, y = donors[:, :pre].T, own[:pre]
    cost = penalty * np.sum((X - y[:, None]) ** 2, axis=0)
    return float((own - exchanged(X, y, cost) @ donors)[pre:].mean())


def synthetic_did(panel: OutcomePanel, design: Design) -> float:
    """Arkhangelsky et al. (2021), algorithm 1."""
    own, donors, pre = parts(panel, design)
    post = len(own) - pre
    sigma = np.std(np.diff(donors[:, :pre], axis=1), ddof=1)

    def centred(values: np.ndarray) -> np.ndarray:
        return values - values.mean(axis=-1, keepdims=True)

    units = simplex(centred(donors[:, :pre]).T, centred(own[:pre]), np.sqrt(post) * sigma**2 * pre)
    later = donors[:, pre:].mean(axis=1)
    times = simplex(
        donors[:, :pre] - donors[:, :pre].mean(axis=0),
        later - later.mean(),
        (1e-6 * sigma) ** 2 * len(donors),
    )
    gap = own - units @ donors
    return float(gap[pre:].mean() - times @ gap[:pre])


def _dummies(panel: OutcomePanel, design: Design) -> tuple[np.ndarray, np.ndarray]:
    units = (design.treated, *design.donors)
    cells = np.ix_(panel.rows(units), panel.columns(design.periods))
    J, T = len(units), len(design.periods)
    treated = np.zeros((J, T))
    treated[0, len(design.pre) :] = 1
    effects = [np.repeat(np.eye(J), T, axis=0), np.tile(np.eye(T)[:, 1:], (J, 1))]
    return np.column_stack([treated.ravel(), *effects]), cells


def did(panel: OutcomePanel, design: Design) -> float:
    matrix, cells = _dummies(panel, design)
    root = np.sqrt(np.repeat(panel.exposure[cells].mean(axis=1), len(design.periods)))
    found, *_ = np.linalg.lstsq(matrix * root[:, None], panel.rates[cells].ravel() * root)
    return float(found[0])


def poisson_did(panel: OutcomePanel, design: Design) -> float:
    """Log rate ratio: the treated cells' events over those that statsmodels imputes for them."""
    import statsmodels.api as sm

    matrix, cells = _dummies(panel, design)
    untreated, matrix = matrix[:, 0] == 0, matrix[:, 1:]
    counts, offset = panel.counts[cells].ravel(), np.log(panel.exposure[cells].ravel())
    family = sm.families.Poisson()
    model = sm.GLM(counts[untreated], matrix[untreated], family, offset=offset[untreated])
    effects = model.fit(tol=1e-13, maxiter=200).params
    expected = np.exp(matrix @ effects + offset)
    return float(np.log(counts[~untreated].sum() / expected[~untreated].sum()))


def all_independent() -> list[Check]:
    return [check for name in STARTS for check in _on(name)]


def _on(name: str) -> Iterator[Check]:
    panel, design = example(name)
    plain = {
        "synthetic_control": (NNLS, synthetic_control),
        "demeaned_synthetic_control": (NNLS, demeaned),
        "synthetic_did": (NNLS, synthetic_did),
        "did": (DUMMIES, did),
    }
    for estimator, (source, theirs) in plain.items():
        ours = effect(ESTIMATORS[estimator].fit(panel, design))
        yield Check(estimator, name, source, "effect", theirs(panel, design), ours)
    for estimator, source, peer in (
        ("augmented_synthetic_control", f"{NNLS} and an inverse", augmented),
        ("penalized_synthetic_control", "pairwise exchange", penalized),
    ):
        fit = ESTIMATORS[estimator].fit(panel, design)
        expected = peer(panel, design, fit.diagnostics["penalty"])
        yield Check(estimator, name, source, "effect", expected, effect(fit), 1e-6)
    if name in COUNTS:
        fit = ESTIMATORS["poisson_did"].fit(panel, design)
        own = fit.window(design.post)
        ratio = float(np.log(fit.observed[own].sum() / fit.counterfactual[own].sum()))
        yield Check(
            "poisson_did",
            name,
            "statsmodels GLM",
            "log rate ratio",
            poisson_did(panel, design),
            ratio,
        )
