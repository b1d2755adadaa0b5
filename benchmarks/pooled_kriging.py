"""The pooled kriging of programme sectors: which statistic, its size and power, where it fails.

    python benchmarks/pooled_kriging.py [part] [panels]

`weightings` : power at equal size (critical values that reject 5% of the same sets) of the ways to
    pool sectors, on panels of the model alone
`worlds` : size in each tail, power and detectable fall where the model is true and where it is not:
    the null worlds of the calibration, common factors, shocks of whole boroughs, other serial
    correlation, negative binomial counts, bursts
`nested` : size and coverage with the whole reference simulated for every panel, as in the analysis,
    a check of the short cut that `worlds` takes
`permutation` : the present pooled permutation test on panels of some of these worlds

Without a part all of them. Homicide, both timings of entry where it says so; the real sectors' size
and dates enter, their counts after entry do not.
"""

from measure import OUTPUT  # isort: skip (threads)

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
import pandas as pd

from evaluation.calibration.draws import power_rows
from evaluation.calibration.null_worlds import loadings, relative_spread
from evaluation.calibration.pooled_power import ModelLaw, counts_of, pooled_draws
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.adoption import Adoption, make_adoption
from evaluation.design.donors import assign_units
from evaluation.estimators.count_model import Variation
from evaluation.inference.pooled import pooled_test
from evaluation.inference.pooled_kriging import (
    WEIGHTINGS,
    Window,
    log_ratios,
    pooled_estimate,
    precision,
    weights,
)
from evaluation.inference.sector_kriging import (
    comparison_model,
    draw_null_panels,
    fit_comparison,
    predict_real,
    simulate_sets,
    treated_sectors,
)
from evaluation.panel.build import build_panel
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.sources.shipped import read_shipped
from evaluation.study.files import write_csv
from evaluation.study.study import FREQUENCIES, load

OWN = Variation(drift=0.01)  # what each sector does by itself in worlds with something in common
SEED = 13


@dataclass(frozen=True)
class Problem:
    """boroughs : of the comparison units, then of the treated sectors."""

    panel: OutcomePanel
    adoption: Adoption
    boroughs: np.ndarray


def problem(timing: str = "earliest") -> Problem:
    study, shipped = load(), read_shipped("data")
    counts = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    panel = to_periods(counts, "homicide", study.frequency, FREQUENCIES[study.frequency])
    adoption = make_adoption(panel, units, study, timing=timing)
    names = shipped.sectors.set_index("sector")["alcaldia"]
    return Problem(panel, adoption, names[[*adoption.comparison, *adoption.treated]].to_numpy())


def law(change: Callable, own: Variation | None = OWN):
    """A law in which `change` makes other log deviations of the model's."""

    def draw(model, sectors, copies, generator):
        means = all_means(model, sectors, copies)
        g = model.log_deviations(own or model.redrawn(generator), len(means), generator)
        return counts_of(model, sectors, change(model, sectors, means, g, generator), generator)

    return draw


def all_means(model, sectors, copies) -> np.ndarray:
    own = sectors.events_before / sectors.before.sum(axis=1)
    return np.r_[model.means, np.tile(own, copies)]


def walk(model, generator, count: int, spread: float) -> np.ndarray:
    steps = np.diff(model.years, prepend=model.years[0])
    return np.cumsum(generator.normal(size=(count, len(steps))) * spread * np.sqrt(steps), axis=1)


def factors(model, sectors, means, g, generator, count, spread) -> np.ndarray:
    loading = generator.normal(size=(len(means), count))
    return g + loading @ walk(model, generator, count, spread)


def borough_shocks(model, sectors, means, g, generator, boroughs, spread) -> np.ndarray:
    copies = (len(means) - len(model.means)) // len(sectors.names)
    of = np.r_[boroughs[: len(model.means)], np.tile(boroughs[len(model.means) :], copies)]
    names, place = np.unique(of, return_inverse=True)
    return g + walk(model, generator, len(names), spread)[place]


def negative_binomial(model, sectors, means, g, generator, shape) -> np.ndarray:
    return g + np.log(generator.gamma(shape, 1 / shape, g.shape))


def bursts(model, sectors, means, g, generator, chance, factor) -> np.ndarray:
    begins = generator.random(g.shape) < chance
    on = begins | np.roll(begins, 1, axis=1)
    return g + np.log(factor) * on


def by_size(model, sectors, means, g, generator, exponent) -> np.ndarray:
    return g * relative_spread(model, means, exponent)[:, None]


def loading_by_size(model, sectors, means, g, generator, strength) -> np.ndarray:
    return g + loadings(model, means)[:, None] * walk(model, generator, 1, strength)


def zeros(model, sectors, means, g, generator, share) -> np.ndarray:
    return np.where(generator.random(g.shape) < share, -np.inf, g)


def shock(model, sectors, means, g, generator, strength) -> np.ndarray:
    """Every sector moved from its entry on by standard deviations of its own log rate."""
    moved = g.copy()
    copies = (len(means) - len(model.means)) // len(sectors.names)
    before, after = sectors.before, sectors.windows[:, 0]
    contrast = after / after.sum(axis=1, keepdims=True) - before / before.sum(axis=1, keepdims=True)
    step = np.sqrt(np.einsum("kt,ts,ks->k", contrast, model.covariance, contrast))
    moved[len(model.means) :] += np.tile(strength * step[:, None] * after, (copies, 1))
    return moved


def peak(candidates: int):
    """Each sector is the one of some whose events rose most in the last year before its entry."""

    def draw(model, sectors, copies, generator):
        counts, sets = ModelLaw()(model, sectors, copies * candidates, generator)
        chosen = np.empty((copies, *sets.shape[1:]))
        for row, before in enumerate(sectors.before):
            known = np.flatnonzero(before)
            mine = sets[:, row].reshape(copies, candidates, -1)
            late, early = (mine[..., part].mean(axis=2) for part in (known[-4:], known[:-4]))
            best = (np.log(late + 0.5) - np.log(early + 0.5)).argmax(axis=1)
            chosen[:, row] = mine[np.arange(copies), best]
        return counts, chosen

    return draw


def laws(boroughs: np.ndarray) -> dict:
    ar = {
        f"serial {memory}, s.d. {spread}": ModelLaw(Variation(serial=spread**2, correlation=memory))
        for memory, spread in product((0.7, 0.9), (0.15, 0.3))
    }
    found = {f"drift {drift:g}": ModelLaw(Variation(drift=drift**2)) for drift in (0.0, 0.1, 0.2)}
    found |= {"fitted": ModelLaw()}
    found |= {f"one factor {s}": law(partial(factors, count=1, spread=s)) for s in (0.05, 0.1)}
    found |= {f"two factors {s}": law(partial(factors, count=2, spread=s)) for s in (0.05, 0.1)}
    found |= {
        f"borough shocks {s}": law(partial(borough_shocks, boroughs=boroughs, spread=s))
        for s in (0.1, 0.2)
    }
    found |= ar
    found |= {f"negative binomial {s}": law(partial(negative_binomial, shape=s)) for s in (10, 4)}
    found |= {f"bursts {c}": law(partial(bursts, chance=c, factor=2.0)) for c in (0.03, 0.08)}
    found |= {f"peak of {c}": peak(c) for c in (3, 10)}
    found |= {f"drift by size {s}": law(partial(by_size, exponent=s), None) for s in (0.25, 0.5)}
    found |= {
        f"loading by size {s}": law(partial(loading_by_size, strength=s), None) for s in (0.05, 0.1)
    }
    found |= {f"zeros {s}": law(partial(zeros, share=s), None) for s in (0.05, 0.15)}
    found |= {f"shock {s:+}": law(partial(shock, strength=s), None) for s in (-2, -1, 1, 2)}
    return found


def worlds(panels: int) -> None:
    rows = []
    for timing in ("earliest", "latest"):
        given = problem(timing)
        for name, made in laws(given.boroughs).items():
            found = pooled_draws(given.panel, given.adoption, made, panels=panels, seed=name)
            for test, draws in found.items():
                each = {row["rate_ratio"]: row for row in power_rows(draws)}
                rows.append(
                    {
                        "timing": timing,
                        "world": name,
                        "test": test,
                        "size": each[1.0]["power"],
                        "error": each[1.0]["standard_error"],
                        "low": each[1.0]["low"],
                        "high": each[1.0]["high"],
                        **{f"power_{r}": each[r]["power"] for r in (0.8, 0.7, 0.6)},
                        "fall": 100 * (1 - each[1.0]["detectable"]),
                    }
                )
    show(pd.DataFrame(rows), "pooled_kriging_worlds")


def weightings(panels: int) -> None:
    rows = []
    for timing, drift in product(("earliest", "latest"), (0.0, 0.1, 0.2, None)):
        given = problem(timing)
        panel, adoption = given.panel, given.adoption
        model, sectors = comparison_model(panel, adoption), treated_sectors(panel, adoption)
        generator = np.random.default_rng(SEED)
        variations = [
            model.redrawn(generator) if drift is None else Variation(drift=drift**2)
            for _ in range(panels)
        ]
        nulls = draw_null_panels(panel, adoption, model, variations, generator)
        sets = simulate_sets(sectors, model, nulls, 8, generator)
        expected, variance = sets.predicted.expected[..., 0], sets.predicted.variance[..., 0]
        counts = {r: generator.poisson(r * sets.means[..., 0]) for r in (1.0, 0.8, 0.75, 0.7)}
        values = {ratio: statistics(c, expected, variance) for ratio, c in counts.items()}
        for name, null in values[1.0].items():
            low, high = np.quantile(null, [NOMINAL / 2, 1 - NOMINAL / 2])
            power = {
                f"power_{ratio}": np.mean((found[name] < low) | (found[name] > high))
                for ratio, found in values.items()
                if ratio < 1
            }
            normal = np.mean(np.abs(null) > 1.96) if name.endswith(", divided") else np.nan
            world = "fitted" if drift is None else f"drift {drift:g}"
            rows.append(
                {"timing": timing, "world": world, "statistic": name, "normal_size": normal} | power
            )
    show(pd.DataFrame(rows), "pooled_kriging_weightings")


def statistics(counts, expected, variance) -> dict[str, np.ndarray]:
    total, error = expected.sum(axis=1), np.sqrt(variance.sum(axis=1))
    found = {
        name: (weights(expected, variance, name) * log_ratios(counts, expected)).sum(axis=1)
        for name in WEIGHTINGS
        if name != "total"
    }
    found["total"] = log_ratios(counts.sum(axis=1), total)
    found["precision, divided"] = found["precision"] * np.sqrt(
        precision(expected, variance).sum(axis=1)
    )
    found["total, divided"] = found["total"] * total / error
    return found


def nested(panels: int) -> None:
    given, rows = problem(), []
    panel, adoption = given.panel, given.adoption
    model, sectors = comparison_model(panel, adoption), treated_sectors(panel, adoption)
    for name in ("fitted", "drift 0.1", "negative binomial 4", "one factor 0.1"):
        made, generator = laws(given.boroughs)[name], np.random.default_rng(SEED)
        found = []
        for _ in range(panels):
            counts, sets = made(model, sectors, 1, generator)
            own = fit_comparison(panel, adoption, model.pre, counts)
            variations = [own.redrawn(generator) for _ in range(250)]
            nulls = draw_null_panels(panel, adoption, own, variations, generator)
            for ratio in (1.0, 0.7):
                thinned = np.where(
                    sectors.windows[:, 0], generator.binomial(sets[0].astype(int), ratio), sets[0]
                )
                mine = replace(sectors, counts=thinned)
                simulated = simulate_sets(mine, own, nulls, 4, generator)
                window = Window.of(mine.observed, predict_real(mine, own), simulated)
                result = pooled_estimate(window, level=1 - NOMINAL, generator=generator)
                inside = result.ci_low <= np.log(ratio) <= result.ci_high
                side = np.sign(result.estimate) * (result.p_value <= NOMINAL)
                found.append((ratio, side < 0, side > 0, inside))
        table = pd.DataFrame(found, columns=["ratio", "low", "high", "covered"])
        rows.append(table.groupby("ratio").mean().assign(world=name, panels=panels).reset_index())
    show(pd.concat(rows), "pooled_kriging_nested")


def permutation(panels: int) -> None:
    given, rows = problem(), []
    panel, adoption = given.panel, given.adoption
    model, sectors = comparison_model(panel, adoption), treated_sectors(panel, adoption)
    place = {unit: row for row, unit in enumerate((*adoption.comparison, *adoption.treated))}
    order = [place[unit] for unit in adoption.units]
    cells = np.ix_(panel.rows(adoption.units), panel.columns(adoption.periods))
    null = OutcomePanel(
        panel.outcome,
        panel.frequency,
        adoption.units,
        adoption.periods,
        panel.counts[cells],
        panel.exposure[cells],
    )
    names = ("drift 0", "drift 0.1", "drift 0.2", "fitted", "one factor 0.1", "bursts 0.08")
    for name in names:
        made, generator = laws(given.boroughs)[name], np.random.default_rng(SEED)
        found = []
        for number in range(panels):
            counts, sets = made(model, sectors, 1, generator)
            for ratio in (1.0, 0.8, 0.7):
                thinned = np.where(
                    sectors.windows[:, 0], generator.binomial(sets[0].astype(int), ratio), sets[0]
                )
                one = replace(null, counts=np.vstack([counts, thinned])[order])
                result = pooled_test(
                    one, adoption, level=1 - NOMINAL, draws=199, seed=f"{name} {number}"
                )
                side = np.sign(result.statistic - result.centre) * (result.p_value <= NOMINAL)
                found.append((ratio, side < 0, side > 0))
        table = pd.DataFrame(found, columns=["ratio", "low", "high"])
        rows.append(table.groupby("ratio").mean().assign(world=name, panels=panels).reset_index())
    show(pd.concat(rows), "pooled_kriging_permutation")


def show(table: pd.DataFrame, name: str) -> None:
    print(table.round(3).to_string(index=False), flush=True)
    OUTPUT.mkdir(exist_ok=True)
    write_csv(table, OUTPUT / f"{name}.csv")


PARTS = {
    "weightings": (weightings, 600),
    "worlds": (worlds, 300),
    "nested": (nested, 300),
    "permutation": (permutation, 300),
}


if __name__ == "__main__":
    asked = sys.argv[1:2] or list(PARTS)
    for part in asked:
        function, panels = PARTS[part]
        start = time.process_time()
        function(int(sys.argv[2]) if len(sys.argv) > 2 else panels)
        print(f"{part}: {time.process_time() - start:.1f} CPU seconds", flush=True)
