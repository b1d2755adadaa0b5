"""Staggered adoption: published numbers, independent implementations, the real calendar."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.design.adoption import NOT_AFTER, Adoption, make_adoption
from evaluation.design.donors import assign_units
from evaluation.estimators.poisson_did import PoissonDifferenceInDifferences
from evaluation.estimators.staggered import (
    STAGGERED,
    CallawaySantAnna,
)
from evaluation.estimators.summaries import SUMMARIES, aggregate
from evaluation.inference.staggered_errors import cluster_standard_errors
from evaluation.panel.build import build_panel
from evaluation.panel.periods import RATE, OutcomePanel, to_periods
from evaluation.sources.shipped import read_shipped
from evaluation.study.errors import EstimationError
from evaluation.study.study import FREQUENCIES, load
from studies.validation.figures import mpdta, self_defence
from tests.conftest import ROOT, poisson_panel, simple_design
from tests.estimators.reference import published

# Callaway & Sant'Anna's county teen employment (R `did`, `mpdta`; never-treated, no covariates);
# effect and, where given, its standard error. Imputation: Borusyak, Jaravel & Spiess (R
# `didimputation` on the same table).
MPDTA = {
    "simple": (-0.0399512751552, 0.0120340127702),
    "dynamic": (-0.0772398214573, 0.0199649890618),
    "group": (-0.0310182822287, 0.0124460593),
    "calendar": (-0.0417004321313, 0.0159718519),
}
MPDTA_IMPUTATION = -0.04770991828


def staggered_world(seed=0, effect=1.0, grow=False, units=12):
    """Quarterly counts; u00 enters early (with a donut before), u01 and u02 later, together."""
    panel = poisson_panel(seed=seed, units=units, mean=8.0)
    if grow:
        speed = np.random.default_rng(seed).normal(0, 0.01, units)
        exposure = panel.exposure * np.exp(np.outer(speed, np.arange(24)))
        panel = replace(panel, exposure=exposure)
    periods = panel.periods
    entry = (("u00", periods[12]), ("u01", periods[18]), ("u02", periods[18]))
    left_out = frozenset({("u00", periods[10]), ("u00", periods[11])})
    adoption = Adoption(panel.units, periods, 3, entry, left_out)
    _, treated = adoption.states()
    counts = np.where(treated, np.round(panel.counts * effect), panel.counts)
    return replace(panel, counts=counts), adoption


def dummies(J, T):
    return np.hstack([np.kron(np.eye(J), np.ones((T, 1))), np.kron(np.ones((J, 1)), np.eye(T))])


def by_hand(name, panel, adoption):
    """Counterfactual events of the treated cells by generic regressions and plain loops."""
    untreated, treated = adoption.states()
    J, T = untreated.shape
    exposure, rates = panel.exposure, panel.rates
    weights = exposure.mean(axis=1)
    if name == "poisson_imputation":
        import statsmodels.api as sm

        matrix, cells = dummies(J, T)[:, 1:], untreated.ravel()
        model = sm.GLM(
            panel.counts.ravel()[cells],
            np.column_stack([np.ones(J * T), matrix[:, : J - 1], matrix[:, J:]])[cells],
            family=sm.families.Poisson(),
            offset=np.log(exposure.ravel()[cells]),
        )
        beta = model.fit(tol=1e-13, maxiter=100).params
        full = np.column_stack([np.ones(J * T), matrix[:, : J - 1], matrix[:, J:]])
        return (exposure.ravel() * np.exp(full @ beta)).reshape(J, T)[treated]
    if name == "linear_imputation":
        root = np.sqrt(np.repeat(weights, T))[untreated.ravel()]
        matrix = dummies(J, T)
        beta, *_ = np.linalg.lstsq(
            matrix[untreated.ravel()] * root[:, None], rates[untreated] * root, rcond=None
        )
        return ((matrix @ beta).reshape(J, T) * exposure / RATE)[treated]
    out = np.zeros((J, T))
    never = [adoption.units.index(unit) for unit in adoption.comparison]
    for unit, start in adoption.entry:
        i = adoption.units.index(unit)
        base = max(t for t in range(adoption.periods.index(start)) if untreated[i, t])
        for t in range(T):
            change = np.average(rates[never, t] - rates[never, base], weights=weights[never])
            out[i, t] = (rates[i, base] + change) * exposure[i, t] / RATE
    return out[treated]


@pytest.mark.parametrize("name", sorted(STAGGERED))
@pytest.mark.parametrize("grow", [False, True])
def test_against_an_independent_implementation(name, grow):
    worst = 0.0
    for seed in range(25):
        panel, adoption = staggered_world(seed=seed, grow=grow, effect=0.7)
        fit = STAGGERED[name].fit(panel, adoption)
        expected = by_hand(name, panel, adoption)
        worst = max(worst, np.abs(fit.counterfactual / expected - 1).max())
    assert worst < 1e-8


@pytest.mark.parametrize("name", sorted(STAGGERED))
def test_many_fits_orders_and_scales(name):
    estimator = STAGGERED[name]
    panel, adoption = staggered_world(seed=3, grow=True)
    other = replace(adoption, entry=adoption.entry[:2])
    base = estimator.fit(panel, adoption)
    for one, single in zip(
        estimator.fit_many(panel, [other, adoption]),
        [estimator.fit(panel, other), base],
        strict=True,
    ):
        assert one.counterfactual == pytest.approx(single.counterfactual, rel=1e-10)
    order = np.random.default_rng(1).permutation(len(panel.units))
    shuffled = replace(
        panel,
        units=tuple(panel.units[i] for i in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
    )
    again = estimator.fit(shuffled, adoption)
    assert (again.counterfactual == base.counterfactual).all()
    bigger = estimator.fit(replace(panel, exposure=panel.exposure * 50), adoption)
    assert bigger.counterfactual == pytest.approx(base.counterfactual, rel=1e-9)


@pytest.mark.parametrize("name", sorted(STAGGERED))
def test_without_noise_the_planted_effect_comes_out_in_every_summary(name):
    panel, adoption = staggered_world()
    level, season = np.linspace(20, 60, 12), 1 + 0.3 * np.sin(np.arange(24))
    rate = np.outer(level, season) if name == "poisson_imputation" else None
    if rate is None:  # parallel in levels
        rate = level[:, None] + 10 * np.sin(np.arange(24))
    _, treated = adoption.states()
    lowered = np.where(treated, rate * 0.6, rate)
    panel = replace(panel, counts=lowered * panel.exposure / RATE)
    fit = STAGGERED[name].fit(panel, adoption)
    assert fit.observed / fit.counterfactual == pytest.approx(0.6, rel=1e-9)
    for summary in SUMMARIES:
        rows = aggregate(fit, summary)
        assert [row.ratio for row in rows] == pytest.approx([0.6] * len(rows), rel=1e-9)
        assert rows[-1].label == "overall" and rows[-1].cells == treated.sum()
        averted = fit.counterfactual.sum() - fit.observed.sum()
        assert rows[-1].averted == pytest.approx(averted)
        assert sum(row.averted for row in rows[:-1]) == pytest.approx(
            averted if len(rows) > 1 else 0
        )
    assert [row.label for row in aggregate(fit, "dynamic")] == [*map(str, range(12)), "overall"]
    assert [row.label for row in aggregate(fit, "group")][:2] == ["2019-01", "2020-07"]


def test_group_weighs_cohorts_by_size_not_by_how_long_they_are_treated():
    panel, adoption = staggered_world(seed=5)
    panel = replace(panel, exposure=np.ones_like(panel.exposure))
    rows = aggregate(STAGGERED["linear_imputation"].fit(panel, adoption), "group")
    assert rows[2].effect == pytest.approx((rows[0].effect + 2 * rows[1].effect) / 3)
    dynamic = aggregate(STAGGERED["linear_imputation"].fit(panel, adoption), "dynamic")
    assert dynamic[-1].effect == pytest.approx(np.mean([row.effect for row in dynamic[:-1]]))


@pytest.mark.parametrize("seed", range(5))
def test_one_treated_unit_is_poisson_did(seed):
    panel = poisson_panel(seed=seed)
    design = simple_design(panel)
    adoption = Adoption(
        panel.units,
        design.periods,
        3,
        ((design.treated, design.post[0]),),
        frozenset((design.treated, period) for period in design.donut),
    )
    fit = STAGGERED["poisson_imputation"].fit(panel, adoption)
    closed = PoissonDifferenceInDifferences().fit_many(panel, [design])[0]
    assert fit.counterfactual == pytest.approx(
        closed.counterfactual[closed.window(design.post)], rel=1e-10
    )


def test_not_yet_treated_units_join_the_comparison_until_they_enter():
    panel, adoption = staggered_world(seed=6)
    panel = replace(panel, exposure=np.ones_like(panel.exposure))
    fit = CallawaySantAnna("cs_not_yet", not_yet_treated=True).fit(panel, adoption)
    first = fit.unit == "u00"
    rates, base = panel.counts, 9  # the donut is periods 10 and 11
    for position in (12, 17, 18, 23):
        others = range(1, 12) if position < 18 else range(3, 12)
        change = np.mean([rates[i, position] - rates[i, base] for i in others])
        cell = first & (fit.period == panel.periods[position])
        assert fit.counterfactual[cell][0] == pytest.approx(rates[0, base] + change)


def test_what_cannot_be_estimated_is_refused():
    panel, adoption = staggered_world()
    silent = panel.counts.copy()
    silent[1, :18] = 0
    with pytest.raises(EstimationError, match="u01 without any event before entry"):
        STAGGERED["poisson_imputation"].fit(replace(panel, counts=silent), adoption)
    at_once = replace(adoption, entry=(("u00", panel.periods[0]), *adoption.entry[1:]))
    with pytest.raises(EstimationError, match="u00 has no untreated period"):
        STAGGERED["callaway_santanna"].fit(panel, at_once)
    with pytest.raises(EstimationError, match="no untreated cell"):
        STAGGERED["linear_imputation"].fit(panel, at_once)
    everyone = replace(
        adoption,
        entry=tuple((unit, panel.periods[18]) for unit in panel.units),
        left_out=frozenset(),
    )
    for estimator in STAGGERED.values():
        with pytest.raises(EstimationError, match="untreated"):
            estimator.fit(panel, everyone)


def long_panel(rows, unit, year, value, first) -> tuple[OutcomePanel, Adoption]:
    """Yearly values as rates with equal weights; `first` gives a unit's first treated year or 0."""
    units = sorted({unit(row) for row in rows})
    years = sorted({year(row) for row in rows})
    values = {(unit(row), year(row)): value(row) for row in rows}
    counts = np.array([[values[name, when] for when in years] for name in units]) / RATE
    periods = tuple(f"{when}-01" for when in years)
    entry = tuple((name, f"{first[name]}-01") for name in units if first[name])
    panel = OutcomePanel("y", "year", tuple(units), periods, counts, np.ones_like(counts))
    return panel, Adoption(tuple(units), periods, 12, entry)


def test_castle_doctrine():
    """Cheng & Hoekstra (2013), log homicide; states adopt in the year before `post` is 1."""
    panel, adoption = self_defence()
    fit = STAGGERED["callaway_santanna"].fit(panel, adoption)
    assert aggregate(fit, "simple")[0].effect == pytest.approx(0.110383035458, abs=1e-6)
    error = cluster_standard_errors(panel, adoption)["simple"]
    assert error == pytest.approx(0.0387242395, abs=1e-6)


def test_two_stage_is_imputation():
    """Gardner's two-stage estimate averages the same imputed effects (`did2s` example data as
    pyfixest ships it; another number in circulation, 2.262952, is R didimputation's on the shorter
    data set of the same name that it ships itself)."""
    rows = pd.read_csv(published("pyfixest", "did/data/df_het.csv")).to_dict("records")
    panel, adoption = long_panel(
        rows,
        lambda row: int(float(row["unit"])),
        lambda row: int(float(row["year"])),
        lambda row: float(row["dep_var"]),
        {int(float(row["unit"])): int(float(row["g"])) for row in rows},
    )
    fit = STAGGERED["linear_imputation"].fit(panel, adoption)
    assert aggregate(fit, "simple")[0].effect == pytest.approx(2.23048161844, abs=1e-8)


def test_mpdta():
    panel, adoption = mpdta()
    errors = cluster_standard_errors(panel, adoption)
    fit = STAGGERED["callaway_santanna"].fit(panel, adoption)
    for summary, (effect, error) in MPDTA.items():
        assert aggregate(fit, summary)[-1].effect == pytest.approx(effect, abs=1e-8)
        assert errors[summary] == pytest.approx(error, abs=1e-6)
    linear = STAGGERED["linear_imputation"].fit(panel, adoption)
    assert aggregate(linear, "simple")[-1].effect == pytest.approx(MPDTA_IMPUTATION, abs=1e-8)


def test_standard_errors_are_those_of_repeated_samples():
    generator = np.random.default_rng(11)
    periods = ("2001-01", "2002-01", "2003-01", "2004-01")
    units = tuple(f"u{unit:03d}" for unit in range(240))
    estimates, errors = {name: [] for name in SUMMARIES}, {name: [] for name in SUMMARIES}
    for _ in range(120):
        cohort = generator.choice(["", "2002-01", "2003-01"], size=240, p=[0.5, 0.3, 0.2])
        adoption = Adoption(
            units, periods, 12, tuple((u, c) for u, c in zip(units, cohort, strict=True) if c)
        )
        effect = np.where(cohort == "2002-01", 1.0, 3.0)[:, None] * adoption.states()[1]
        rates = generator.normal(0, 1, 240)[:, None] + generator.normal(0, 1, (240, 4)) + effect
        panel = OutcomePanel("y", "year", units, periods, rates / RATE, np.ones((240, 4)))
        fit = CallawaySantAnna().fit(panel, adoption)
        found = cluster_standard_errors(panel, adoption)
        for name in SUMMARIES:
            estimates[name].append(aggregate(fit, name)[-1].effect)
            errors[name].append(found[name])
    for name in SUMMARIES:
        assert np.mean(errors[name]) == pytest.approx(np.std(estimates[name]), rel=0.15)


# --- the treatment calendar on the figures that ship ---------------------------------------------


def real(frequency, outcome="homicide"):
    study = load()
    shipped = read_shipped("data")
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    return to_periods(panel, outcome, frequency, FREQUENCIES[frequency]), units, study


def test_the_real_calendar(monkeypatch):
    monkeypatch.chdir(ROOT)
    panel, units, study = real("quarter")
    adoption = make_adoption(panel, units, study)
    assert dict(adoption.entry) == {
        "PLATEROS": "2020-01",
        "SANTA FE": "2022-01",
        "CUAUTEPEC": "2022-01",
        "OASIS": "2023-01",
        "QUETZAL": "2023-01",
    }
    assert len(adoption.comparison) == 63
    assert adoption.left_out == {("PLATEROS", "2019-07"), ("PLATEROS", "2019-10")}
    fit = STAGGERED["poisson_imputation"].fit(panel, adoption)
    simple = aggregate(fit, "simple")[0]
    assert simple.cells == 16 + 2 * 8 + 2 * 4
    assert fit.observed.sum() == sum(
        panel.counts[panel.rows([unit])[0], panel.columns(adoption.periods)][
            np.array(adoption.periods) >= start
        ].sum()
        for unit, start in adoption.entry
    )
    assert 0.5 < simple.ratio < 1.5
    linear = aggregate(STAGGERED["linear_imputation"].fit(panel, adoption), "simple")[0]
    assert abs(linear.ratio - simple.ratio) < 0.25


def test_callaway_santanna_on_half_years_of_the_real_panel(monkeypatch):
    monkeypatch.chdir(ROOT)
    panel, units, study = real("half-year")
    adoption = make_adoption(panel, units, study)
    fit = STAGGERED["callaway_santanna"].fit(panel, adoption)
    assert len(fit.observed) == 8 + 2 * 4 + 2 * 2
    assert np.isfinite([row.effect for name in SUMMARIES for row in aggregate(fit, name)]).all()


def test_late_timing_leaves_the_uncertain_months_out(monkeypatch):
    monkeypatch.chdir(ROOT)
    panel, units, study = real("quarter")
    adoption = make_adoption(panel, units, study, timing="latest", last="2024-12")
    entry = dict(adoption.entry)
    # Possible from 2022-01 to 2022-12: the first quarter that is treated for sure is 2023's.
    assert entry["SANTA FE"] == "2023-01" and entry["OASIS"] == "2024-01"
    assert entry["PLATEROS"] == "2020-07"
    between = {period for unit, period in adoption.left_out if unit == "SANTA FE"}
    assert between == {"2022-01", "2022-04", "2022-07", "2022-10"}
    # Until 2023 the last two have no quarter that is treated for sure.
    short = make_adoption(panel, units, study, timing="latest")
    assert short.absent == (("OASIS", NOT_AFTER), ("QUETZAL", NOT_AFTER))
    assert len(short.entry) == 3 and not {"OASIS", "QUETZAL"} & set(short.units)
    assert adoption.absent == ()
