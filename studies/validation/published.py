"""Published numbers, and those of other packages on the same data."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from evaluation.estimators.predictor_weights import nested_weights
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.staggered import STAGGERED
from evaluation.estimators.summaries import aggregate
from evaluation.estimators.synthetic_did import placebo_standard_error
from evaluation.inference.baselines import cluster_robust
from evaluation.inference.displacement import displacement_difference
from evaluation.inference.honest_bounds import original_interval
from evaluation.inference.permutation import permutation_rmspe
from evaluation.inference.placebo import summarise
from evaluation.inference.relative_magnitudes import relative_magnitude_bounds
from evaluation.inference.smoothness import smoothness_bounds
from evaluation.inference.staggered_errors import cluster_standard_errors
from studies.validation.checks import Check
from studies.validation.figures import (
    event_estimates,
    example,
    mpdta,
    organ_donation,
    prison_problem,
    self_defence,
)

SDID_PAPER = "Arkhangelsky et al. 2021, table 1"
OPTIMUM = "optimum found and certified by another program"
R_SYNTHDID = "R synthdid 0.0.9"
PRISONS = [
    (
        "pysyncon 1.7, its example of the Mixtape",
        [
            *((f"bmprison {year}", "bmprison", [year]) for year in (1988, 1990, 1991, 1992)),
            ("alcohol", "alcohol", [1990]),
            *((f"aids {year}", "aidscapita", [year]) for year in (1990, 1991)),
            *((name, name, range(1985, 2001)) for name in ("bmprison", "income", "ur", "poverty")),
            *((f"black {year}", "black", [year]) for year in (1990, 1991, 1992)),
            ("young", "perc1519", [1990]),
        ],
        {"California": 0.394, "Florida": 0.095, "Illinois": 0.394, "Louisiana": 0.117},
        None,
    ),
    (
        "R Synth, a published run (RPubs 1374211)",
        [
            *((name, name, range(1985, 1994)) for name in ("poverty", "income")),
            ("bmprison", "bmprison", [1988, 1990, 1991, 1992]),
            ("alcohol", "alcohol", [1990]),
            ("aids", "aidscapita", [1990, 1991]),
            ("black", "black", [1990, 1991, 1992]),
            ("young", "perc1519", [1990]),
        ],
        {},
        2015107.0,
    ),
]
EARLY = "R's Frank-Wolfe steps stop before the optimum; ours is certified by its KKT residual"


def effect(fit) -> float:
    return float(fit.gap[fit.window(fit.design.post)].mean())


def percent(fit) -> float:
    post = fit.window(fit.design.post)
    return 100 * float(fit.observed[post].sum() / fit.counterfactual[post].sum() - 1)


def prop99_synthetic_control() -> Iterator[Check]:
    panel, design = example("prop99")
    fit = ESTIMATORS["synthetic_control"].fit(panel, design)
    check = partial(Check, "synthetic_control", "prop99")
    yield check(OPTIMUM, "effect 1989-2000", -19.5136297684, effect(fit))
    yield check(OPTIMUM, "pre-period RMSPE", 1.6564002103, fit.pre_rmspe)
    exact = {
        "Utah": 0.39390802,
        "Montana": 0.23183995,
        "Nevada": 0.20492258,
        "Connecticut": 0.10908962,
        "New Hampshire": 0.04542905,
        "Colorado": 0.01481077,
    }
    for state, weight in exact.items():
        ours = float(fit.weights[design.donors.index(state)])
        yield check(OPTIMUM, f"weight of {state}", weight, ours, 1e-6)
    yield check(R_SYNTHDID, "effect", -19.619663470944, effect(fit), why=EARLY)
    yield check(SDID_PAPER, "effect", "-19.6", effect(fit), why=EARLY)
    fits = ESTIMATORS["synthetic_control"].fit_many(panel, design.family())
    ranked = permutation_rmspe(summarise(fits, design.post), 0.95, "mean")
    check = partial(Check, "permutation_rmspe", "prop99")
    yield check("enumerated by another program", "p", 3 / 39, ranked.p_value)


def prop99_others() -> Iterator[Check]:
    panel, design = example("prop99")
    fits = {
        name: ESTIMATORS[name].fit(panel, design)
        for name in ("did", "demeaned_synthetic_control", "synthetic_did")
    }
    ours = effect(fits["did"])
    yield Check("did", "prop99", R_SYNTHDID, "effect", -27.349111083615, ours)
    yield Check("did", "prop99", SDID_PAPER, "effect", "-27.3", ours)
    ours = effect(fits["demeaned_synthetic_control"])
    yield Check("demeaned_synthetic_control", "prop99", SDID_PAPER, "effect (DIFP)", "-11.1", ours)
    ours, check = effect(fits["synthetic_did"]), partial(Check, "synthetic_did", "prop99")
    yield check(OPTIMUM, "effect", -15.605397916329, ours)
    exact = {"1986": 0.36647058, "1987": 0.20645317, "1988": 0.42707624}
    for year, weight in exact.items():
        found = fits["synthetic_did"].diagnostics[f"time_weight {year}-01"]
        yield check(OPTIMUM, f"weight of {year}", weight, found, 1e-7)
    yield check(R_SYNTHDID, "effect", -15.603827872734, ours, why=EARLY)
    yield check(SDID_PAPER, "effect", "-15.6", ours)
    error = placebo_standard_error(panel, design)
    check = partial(Check, "placebo_variance", "prop99")
    yield check("all 38 controls enumerated by another program", "SE", 9.3711800031, error)
    yield check(R_SYNTHDID, "SE", 9.370999, error, why=EARLY)
    why = "the paper draws 200 placebos by chance; ours are all there are"
    yield check(SDID_PAPER, "SE", "8.4", error, why=why)


def county_employment() -> Iterator[Check]:
    panel, adoption = mpdta()
    errors = cluster_standard_errors(panel, adoption)
    fit = STAGGERED["callaway_santanna"].fit(panel, adoption)
    expected = {
        "simple": (-0.0399512751552, 0.0120340127702),
        "dynamic": (-0.0772398214573, 0.0199649890618),
        "group": (-0.0310182822287, 0.0124460593),
        "calendar": (-0.0417004321313, 0.0159718519),
    }
    check = partial(Check, "callaway_santanna", "mpdta", "R did")
    for name, (value, error) in expected.items():
        yield check(f"{name} effect", value, aggregate(fit, name)[-1].effect)
        yield check(f"{name} SE", error, errors[name], 1e-6)
    linear = STAGGERED["linear_imputation"].fit(panel, adoption)
    check = partial(Check, "linear_imputation", "mpdta", "R didimputation")
    yield check("effect", -0.04770991828, aggregate(linear, "simple")[-1].effect)


def laws_of_self_defence() -> Iterator[Check]:
    panel, adoption = self_defence()
    fit = STAGGERED["callaway_santanna"].fit(panel, adoption)
    check = partial(Check, "callaway_santanna", "self_defence", "R did")
    yield check("simple effect", 0.110383035458, aggregate(fit, "simple")[0].effect, 1e-6)
    error = cluster_standard_errors(panel, adoption)["simple"]
    yield check("simple SE", 0.0387242395, error, 1e-6)


def registered_donors() -> Iterator[Check]:
    panel, design = organ_donation()
    fit = ESTIMATORS["did"].fit(panel, design)
    check = partial(Check, "did", "organ_donation")
    yield check("least squares by another program", "effect", "-0.022458974", effect(fit))
    robust = cluster_robust(panel, design, design.post, 0.95)
    yield check(
        "least squares by another program",
        "cluster-robust SE",
        "0.00613",
        float(robust.standard_error[0]),
    )
    gaps = [abs(effect(one)) for one in ESTIMATORS["did"].fit_many(panel, design.family())]
    share = np.mean(np.array(gaps) >= gaps[0])
    yield check("enumerated by another program", "permutation p", 5 / 27, float(share))


def prisons() -> Iterator[Check]:
    """Predictors of Cunningham (2021, chapter 10) and of a published run of R's Synth."""
    for source, spec, weights, loss in PRISONS:
        donors, X, x, Z, z = prison_problem(spec)
        found = nested_weights(X, x, Z, z)
        theirs = np.array([weights.get(donor, 0.0) for donor in donors])
        theirs = float(np.mean((Z @ (theirs / theirs.sum()) - z) ** 2)) if loss is None else loss
        why = "V has many local optima; the error that V is chosen to make small is smaller in ours"
        check = partial(Check, "synthetic_control_predictors", "texas_predictors", source)
        yield check("pre-period RMSPE", float(np.sqrt(theirs)), float(np.sqrt(found.loss)), why=why)


def american_states() -> Iterator[Check]:
    """Studies with other data and models: what is compared is the finding."""
    panel, design = example("missouri")
    source = "Webster, Crifasi & Vernick 2014"
    why = "theirs is a regression on 50 states with covariates, from August 2007 on"
    for name in ("did", "synthetic_did"):
        fit = ESTIMATORS[name].fit(panel, design)
        check = partial(Check, name, "missouri", source)
        yield check("homicides per 100,000", "0.93", effect(fit), why=why)
        yield check("percent", "16", percent(fit), why=why)
    panel, design = example("castle")
    fit = ESTIMATORS["demeaned_synthetic_control"].fit(panel, design)
    why = "theirs is an interrupted series of months to 2014, from death certificates"
    check = partial(Check, "demeaned_synthetic_control", "castle")
    yield check("Humphreys, Gasparrini & Wiebe 2017", "percent", "24.4", percent(fit), why=why)
    panel, design = example("carry")
    fit = ESTIMATORS["synthetic_control"].fit(panel, design)
    why = "theirs is the mean over the states with such a law, 13 to 15; Texas is one of them"
    check = partial(Check, "synthetic_control", "carry")
    last = 100 * float(fit.observed[-1] / fit.counterfactual[-1] - 1)
    yield check("Donohue, Aneja & Weber 2019", "percent in the tenth year", "14", last, why=why)


def honest_bounds() -> Iterator[Check]:
    ehec, restaurants = event_estimates("ehec", 5), event_estimates("benzarti_carloni", 4)
    cases = [
        ("ehec", "smoothness M = 0", smoothness_bounds(ehec, 0.0), 0.0259496, 0.0607337),
        ("ehec", "smoothness M = 0.02", smoothness_bounds(ehec, 0.02), 0.0028570, 0.0907160),
        ("ehec", "relative 0.5", relative_magnitude_bounds(ehec, 0.5), 0.0240019, 0.0672420),
        ("ehec", "relative 2", relative_magnitude_bounds(ehec, 2.0), -0.0009161, 0.0881291),
        ("benzarti_carloni", "original", original_interval(restaurants), 0.158775, 0.233147),
        (
            "benzarti_carloni",
            "smoothness M = 0",
            smoothness_bounds(restaurants, 0.0),
            0.131411,
            0.216170,
        ),
        (
            "benzarti_carloni",
            "relative 1",
            relative_magnitude_bounds(restaurants, 1.0),
            0.067231,
            0.318684,
        ),
    ]
    why = "both are numerical, R's on a grid; the ends differ by less than 1% of the width"
    for data, name, bounds, low, high in cases:
        check = partial(Check, "honest_bounds", data, "R HonestDiD")
        # Against the interval's width: an end may be near zero.
        for end, value, ours in (("low", low, bounds.low), ("high", high, bounds.high)):
            yield check(f"{name}, {end}", value, ours, 1e-5, why, high - low)


def displacement() -> Iterator[Check]:
    found = displacement_difference((207, 110), (308, 318), (178, 157), (150, 140))
    check = partial(Check, "displacement", "worked example", "Wheeler & Ratcliffe 2018")
    yield check("local", "-107", found.local)
    yield check("displaced", "-11", found.displaced)
    yield check("total", "-118", found.local + found.displaced)
    yield check("SE of the total", "39.60", found.total_error)
    yield check("SE of the local", "30.71", found.local_error)


def all_published() -> list[Check]:
    groups = (
        prop99_synthetic_control,
        prop99_others,
        county_employment,
        laws_of_self_defence,
        registered_donors,
        prisons,
        american_states,
        honest_bounds,
        displacement,
    )
    return [check for group in groups for check in group()]
