"""What is checked on figures that may not ship: the tests name the data and skip without them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Elsewhere:
    """A check that a test makes where its data are at hand."""

    estimator: str
    data: str
    source: str
    quantity: str
    expected: str
    test: str


PREDICTORS = "tests/estimators/test_predictors.py"
COVARIATES = "tests/estimators/test_covariates.py"
PUBLISHED = "tests/estimators/test_published.py"
STAGGERED = "tests/estimators/test_staggered.py"
OPTIMUM = "global optimum found by another program"

CHECKS = (
    Elsewhere(
        "synthetic_control_predictors",
        "Prop 99, seven predictors of the 2010 paper",
        OPTIMUM,
        "five weights; error of V; effect",
        "Utah .335071, Nevada .235608, Montana .201891, Colorado .159526, Connecticut .067904; "
        "3.07666363; −18.981601",
        PREDICTORS,
    ),
    Elsewhere(
        "synthetic_control_predictors",
        "Basque Country, predictors of the 2003 paper",
        OPTIMUM,
        "three weights; error of V",
        "Cataluña .632786, Baleares .219273, Madrid .147941; .00428607",
        PREDICTORS,
    ),
    Elsewhere(
        "synthetic_control_predictors",
        "Basque Country, schooling in shares",
        "Abadie & Gardeazabal 2003",
        "two weights",
        "Cataluña .8508, Madrid .1492",
        PREDICTORS,
    ),
    Elsewhere(
        "did, with a covariate",
        "`base_did`",
        "R fixest",
        "effect",
        "4.850645143234",
        COVARIATES,
    ),
    Elsewhere(
        "callaway_santanna, with a covariate",
        "`base_stagg`",
        "R fixest, Sun & Abraham",
        "effect",
        "−1.133749448772",
        COVARIATES,
    ),
    Elsewhere(
        "linear_imputation",
        "`df_het` as pyfixest ships it",
        "pyfixest, two-stage",
        "effect",
        "2.23048161844",
        STAGGERED,
    ),
    Elsewhere(
        "two-way Poisson factors",
        "county murders (Wooldridge)",
        "pyfixest",
        "three slopes",
        ".00938425370539; −.04592015470273; −6.57979028e-05",
        PUBLISHED,
    ),
)
