"""Panels on which nothing happened, drawn under laws that the tests know and laws they do not.

`drift d` and `fitted` are what the calibrated tests assume; the others are what could be true
instead. A world draws donors and treated units from the same law, except two that are about the
treated unit alone: `peak`, where it was chosen for its rise before the start, and `shock`, where
something else moves it just then. No panel can contradict a shock, and no test can tell one from an
effect: that world says how large a shock would have to be, and is never a size. Counts follow
exposure in all of them, as predictions do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.count_model import CountModel, Variation, times
from evaluation.inference.calibrated import treated_size, with_exposure
from evaluation.panel.periods import OutcomePanel

CANDIDATES = "peak"
SHOCK = "shock"


@dataclass(frozen=True)
class NullWorld:
    """A law of panels without any effect: the model fitted to the donors, its variances redrawn.

    name, strength : which departure from it, and how strong; see `WORLDS`
    variation : fixed variances instead of redrawn ones
    """

    name: str = "fitted"
    strength: float = 0.0
    variation: Variation | None = None

    def draw(
        self,
        panel: OutcomePanel,
        design: Design,
        model: CountModel,
        size: float,
        copies: int,
        generator: np.random.Generator,
    ) -> tuple[OutcomePanel, np.ndarray]:
        """A panel of the design's units and periods, and (copies, T) counts of treated units.

        size : the treated units' mean events a period before treatment
        """
        variation = self.variation or model.redrawn(generator)
        units = tuple(sorted((design.treated, *design.donors)))
        place = {unit: index for index, unit in enumerate(design.donors)}
        own = treated_size(panel, design, model)
        means = np.array([model.means[place[u]] if u in place else own for u in units])
        chosen = max(1, int(self.strength)) if self.name == CANDIDATES else 1
        everyone = np.concatenate([means, np.full(copies * chosen, size)])
        rows = [*units, *[design.treated] * (copies * chosen)]
        expected = self._expected(model, variation, everyone, generator)
        counts = self._counts(with_exposure(expected, panel, rows, design), generator)
        treated = counts[len(units) :]
        if self.name == SHOCK:
            expected = self._shocked(model, design, copies, variation, size, generator)
            expected = with_exposure(expected, panel, [design.treated], design)
            treated = generator.poisson(expected).astype(float)
        if chosen > 1:
            treated = risen(treated.reshape(copies, chosen, -1), design, panel.frequency)
        cells = np.ix_(panel.rows(units), panel.columns(design.periods))
        null = replace(
            panel,
            units=units,
            periods=design.periods,
            counts=counts[: len(units)],
            exposure=panel.exposure[cells],
            covariates=panel.covariates_at(cells),
        )
        return null, treated

    def _expected(
        self,
        model: CountModel,
        variation: Variation,
        means: np.ndarray,
        generator: np.random.Generator,
    ) -> np.ndarray:
        """(K, T) means of the counts of donors and treated units under the world's law."""
        g = model.log_deviations(variation, len(means), generator)
        if self.name == "drift by size":
            g *= relative_spread(model, means, self.strength)[:, None]
        if self.name == "loading by size":
            steps = np.diff(model.years, prepend=model.years[0])
            factor = np.cumsum(generator.normal(size=len(steps)) * self.strength * np.sqrt(steps))
            g += loadings(model, means)[:, None] * factor
        return model.expected(means, model.factors(g))

    def _counts(self, expected: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """(K, T) counts of these means."""
        counts = generator.poisson(expected).astype(float)
        if self.name == "zeros":
            counts[generator.random(counts.shape) < self.strength] = 0.0
        return counts

    def _shocked(self, model, design, copies, variation, size, generator) -> np.ndarray:
        """(K, T) means of the treated units with rates moved after the start by so many standard
        deviations of what the fitted variation does to post over pre, all periods after the start
        together."""
        post = np.array([period in design.post for period in design.periods])
        known = replace(model, variation=variation)
        step = self.strength * np.sqrt(known.predicted_variance(np.flatnonzero(post)))
        g = model.log_deviations(variation, copies, generator)
        factors = model.factors(g) * np.exp(step * post)
        return model.expected(np.full(copies, size), factors)


def relative_spread(model: CountModel, means: np.ndarray, exponent: float) -> np.ndarray:
    """(K,) by how much log deviations are wider: size^exponent, the donors' mean square at 1."""
    weights = model.strength / model.strength.sum()
    scale = np.sqrt(weights @ model.means ** (2 * exponent))
    return means**exponent / scale


def loadings(model: CountModel, means: np.ndarray) -> np.ndarray:
    """(K,) log size in standard deviations from the donors' mean."""
    logs = np.log(model.means)
    return (np.log(means) - logs.mean()) / logs.std()


def risen(counts: np.ndarray, design: Design, frequency: str) -> np.ndarray:
    """(N, T) of (N, C, T) candidates the one that rose most before the start."""
    return counts[np.arange(len(counts)), rises(counts, design, frequency).argmax(axis=1)]


def rises(counts: np.ndarray, design: Design, frequency: str) -> np.ndarray:
    """(...,) log of the mean count in the last year before the start over that of earlier ones.

    counts : (..., T) over the design's periods, the set-up months among them
    """
    starts = times(design.periods, frequency)
    first = starts[len(design.pre) + len(design.donut)]
    late = [place for place, start in enumerate(starts) if first - 1 <= start + 1e-9 < first]
    early = np.arange(late[0])
    return np.log(counts[..., late].mean(axis=-1) + 0.5) - np.log(
        counts[..., early].mean(axis=-1) + 0.5
    )


def worlds(drifts: Sequence[float]) -> list[NullWorld]:
    """The worlds every estimator is measured in: stated drifts, and the model fitted to donors."""
    stated = [
        NullWorld(f"drift {drift:g}", float(drift), Variation(drift=float(drift) ** 2))
        for drift in drifts
    ]
    return [*stated, NullWorld()]


# What else could be true, each at two strengths: exponents of size; yearly standard deviations of a
# common factor; candidates among which the unit with the largest rise is taken; standard deviations
# of serially correlated log rates; shares of recorded zeros; shocks in standard deviations of
# what log rates do by themselves.
WORLDS = (
    *(NullWorld("drift by size", strength) for strength in (0.25, 0.5)),
    *(NullWorld("loading by size", strength) for strength in (0.05, 0.1)),
    *(NullWorld(CANDIDATES, strength) for strength in (3, 10)),
    *(
        NullWorld("serial .9", spread, Variation(serial=spread**2, correlation=0.9))
        for spread in (0.15, 0.3)
    ),
    *(NullWorld("zeros", share) for share in (0.05, 0.15)),
    *(NullWorld(SHOCK, strength) for strength in (-2, -1, 1, 2)),
)
