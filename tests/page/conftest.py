"""A small world of results whose every number is known, for tables and page."""

import dataclasses
import math
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.headline_audit.contract import HeadlineAudit
from evaluation.analyses.numbers import numbers
from evaluation.calibration.contract import Size
from evaluation.design.contract import Units
from evaluation.inference.contract import Estimates, Placebos, Solutions, Weights
from evaluation.page.language import Language
from evaluation.panel.contract import Panel
from evaluation.sources.pulled_contract import Files
from evaluation.sources.shipped_contract import Coverage, DataFlow, Sectors
from evaluation.study.config import read_calendar, read_yaml
from evaluation.study.contract import check
from evaluation.study.features import FEATURES
from evaluation.study.months import days_in, month_range
from evaluation.study.registered import RegisteredPlan
from evaluation.study.statements import parse_statements
from evaluation.study.study import Study, from_parts
from tests.conftest import ROOT, stating
from tests.page.made import given

OUTCOMES = ("homicide", "firearm_homicide", "non_firearm_homicide", "shooting")
ESTIMATORS = ("demeaned_synthetic_control", "synthetic_control", "did")
TESTS = (
    "permutation_ferman_pinto",
    "permutation_ferman_pinto_calibrated",
    "permutation_rmspe",
    "permutation_raw",
)
BASELINES = ("placebo_variance",)
DONORS = ("ALAMEDA", "CENTRO", "ROMA", "TAXQUENA", "TEPEYAC", "TACUBA")
REASONS = {
    "PLATEROS": ("treated", "treated from 2020-01"),
    "ALPES": ("excluded", "within 50 m of PLATEROS"),
    "OASIS": ("excluded", "programme sector from 2023-01"),
    "SANTA FE": ("excluded", "programme sector from 2022-01; within 50 m of PLATEROS"),
}
# A plan with other choices: what differs from it is in `given_deviations`.
PLAN = RegisteredPlan("0123456789ab", "{}", "abcdef012345", "2019-12", ())
SHIFT = {"homicide": -0.3, "firearm_homicide": -0.5, "non_firearm_homicide": 0.4, "shooting": 0.1}


def _study() -> Study:
    config = read_yaml(ROOT / "config" / "config.yaml")
    calendar = read_calendar(ROOT / config["treatment_calendar"])
    study = from_parts(
        config,
        read_yaml(ROOT / config["outcome_definitions"]),
        calendar,
        "config.yaml",
        contamination=read_calendar(ROOT / config["contamination_calendar"]),
        statements=parse_statements(config | {"frozen_hash": ""}, "config.yaml", calendar),
    )
    calibration = dataclasses.replace(study.calibration, drifts=(0.0, 0.1))
    return dataclasses.replace(
        stating(study, plan=PLAN),
        outcomes=OUTCOMES,
        estimators=ESTIMATORS,
        tests=TESTS,
        baselines=BASELINES,
        calibration=calibration,
        features=tuple(FEATURES),  # every exhibit has its place
    )


def _units() -> pd.DataFrame:
    rows = [(sector, *part) for sector, part in REASONS.items()]
    rows += [(sector, "donor", "meets the donor rule") for sector in DONORS]
    return check(pd.DataFrame(rows, columns=["sector", "role", "reason"]), Units, "units")


def _panel() -> pd.DataFrame:
    """Four firearm and one other homicide a month everywhere; three shootings, unknown in 2018."""
    counts = {"homicide": 5, "firearm_homicide": 4, "non_firearm_homicide": 1, "shooting": 3}
    frame = pd.MultiIndex.from_product(
        [[*REASONS, *DONORS], month_range("2016-01", "2023-12"), OUTCOMES],
        names=["sector", "month", "outcome"],
    ).to_frame(index=False)
    covered = ~((frame["outcome"] == "shooting") & frame["month"].str.startswith("2018"))
    count = frame["outcome"].map(counts).astype("Int64").where(covered)
    frame = frame.assign(
        count=count,
        population=100_000,
        days=frame["month"].map(days_in),
        covered=covered,
        complete=True,
    )
    return check(frame, Panel, "panel")


def _estimate(study: Study, outcome: str, estimator: str, window: str, test: str) -> dict:
    observed, log_ratio = 50.0, SHIFT[outcome]
    scale, low, high = "log rate ratio", log_ratio - 0.5, log_ratio + 0.4
    if test == "permutation_rmspe":
        scale, low, high = "RMSPE ratio", math.nan, math.nan
    if test in ("permutation_raw", "placebo_variance"):
        scale, low, high = "rate", -9.5, 3.25
    if (outcome, estimator) == ("shooting", "did"):
        low = -math.inf if scale == "log rate ratio" else low
    tested = test != "none"
    p_value, smallest = (0.25, 1 / 2001) if test.endswith("_calibrated") else (2 / 7, 1 / 7)
    return {
        "study": study.study,
        "lane": "exploratory",
        "specification": f"{outcome}|{estimator}|{window}|quarter",
        "specification_hash": "0" * 12,
        "outcome": outcome,
        "units": study.treated,
        "estimand": "effect",
        "estimator": estimator,
        "window": window,
        "frequency": "quarter",
        "scale": scale if tested else "rate",
        "donor_rule": "rule",
        "n_treated": 1,
        "n_donors": len(DONORS),
        "n_pre": 10 if outcome == "shooting" else 14,
        "n_post": {"A": 7, "B": 8, "C": 16}[window],
        "observed": observed,
        "counterfactual": observed / math.exp(log_ratio),
        "effect": -4.5,
        "effect_percent": 100 * math.expm1(log_ratio),
        "log_rate_ratio": log_ratio,
        "averted_per_year": (observed / math.exp(log_ratio) - observed) / 2,
        "ci_low": low if tested else math.nan,
        "ci_high": high if tested else math.nan,
        "ci_level": 0.95 if tested and not math.isnan(low) else math.nan,
        "p_value": p_value if tested else math.nan,
        "smallest_p": smallest if tested else math.nan,
        "simulation_error": 0.004 if test.endswith("_calibrated") else math.nan,
        "inference": test,
        "calibrated": "yes" if tested else "not measured",
        "reason": "",
        "doubt": "",
        "pre_rmspe": 2.5 if tested else 2.25,
        "effective_donors": 3.5,
        "unique": True,
        "data_vintage": "a1b2c3d4e5f6",
        "code_version": "0f0f0f0f0f0f",
    }


def _estimates(study: Study) -> pd.DataFrame:
    rows = [
        _estimate(study, outcome, estimator, window, test)
        for outcome in OUTCOMES
        for estimator in ESTIMATORS
        for window in "ABC"
        for test in TESTS
    ]
    rows += [
        _estimate(study, outcome, name, window, test)
        for outcome in OUTCOMES
        for name in study.secondary.estimators
        for window in "ABC"
        for test in study.secondary.tests
    ]
    rows += [_estimate(study, "homicide", "synthetic_control_pysyncon", "B", "none")]
    rows += [_estimate(study, "homicide", name, "B", BASELINES[0]) for name in ESTIMATORS]
    return check(pd.DataFrame(rows), Estimates, "estimates")


def _weights() -> pd.DataFrame:
    shares = {
        "demeaned_synthetic_control": {"TAXQUENA": 0.5, "ROMA": 0.25, "CENTRO": 0.25},
        "synthetic_control": {"TAXQUENA": 0.9, "TEPEYAC": 0.0996, "ALAMEDA": 0.0004},
        "did": dict.fromkeys(DONORS, 1 / 6),
    }
    rows = [
        ("homicide", estimator, unit, donor, weight)
        for estimator, found in shares.items()
        for unit in ("PLATEROS", "TACUBA")
        for donor, weight in found.items()
    ]
    names = ["outcome", "estimator", "unit", "donor", "weight"]
    return check(pd.DataFrame(rows, columns=names), Weights, "weights")


def _solutions() -> pd.DataFrame:
    rows = [
        ("homicide", estimator, unit, 6.25, 3e-13, 2.75, estimator == "synthetic_control")
        for estimator in ESTIMATORS[:2]
        for unit in ("PLATEROS", "TACUBA")
    ]
    names = list(Solutions.to_schema().columns)
    return check(pd.DataFrame(rows, columns=names), Solutions, "solutions")


def _sectors() -> pd.DataFrame:
    names = [*REASONS, *DONORS]
    frame = pd.DataFrame(
        {
            "sector": names,
            "alcaldia": "CUAUHTEMOC",
            "population_2010": 90_000,
            "population_2020": 100_000,
            "area_km2": 10.0,
            "longitude": -99.1,
            "latitude": 19.4,
            "cuadrantes": 12,
            "overlap_2016": [0.0 if name == "CENTRO" else 0.99 for name in names],
        }
    )
    return check(frame, Sectors, "sectors")


def _placebos() -> pd.DataFrame:
    """Two of six donors are more extreme than the treated sector; one fits its past exactly."""
    z = [-1.5, 2.0, -1.75, 1.0, 0.5, -0.25, 0.0]
    ratio = [2.0, 3.0, math.nan, 1.0, 1.0, 1.0, 1.0]
    frame = pd.DataFrame(
        {
            "outcome": "homicide",
            "estimator": "demeaned_synthetic_control",
            "window": "B",
            "unit": ["PLATEROS", *DONORS],
            "treated": [True] + [False] * 6,
            "observed": 50.0,
            "counterfactual": 60.0,
            "log_ratio": z,
            "standard_error": 1.0,
            "z": z,
            "gap": z,
            "pre_rmspe": 1.0,
            "post_rmspe": 2.0,
            "rmspe_ratio": ratio,
        }
    )
    return check(frame, Placebos, "placebos")


def _sizes() -> pd.DataFrame:
    """The primary test is calibrated; RMSPE rejects too often; the raw gap, too rarely."""
    sizes = {
        "permutation_ferman_pinto": (0.04, 0.06),
        "permutation_ferman_pinto_calibrated": (0.045, 0.06),
        "permutation_rmspe": (0.06, 0.12),
        "permutation_raw": (0.01, 0.04),
    }
    rows = [
        {
            "outcome": "homicide",
            "estimator": "demeaned_synthetic_control",
            "window": "B",
            "inference": test,
            "world": world,
            "strength": strength,
            "draws": 1000,
            "size": size,
            "standard_error": 0.007,
            "low": math.nan if test == "permutation_rmspe" else size / 2,
            "high": math.nan if test == "permutation_rmspe" else size / 2,
            "contradictions": 0,
            "panel_p": 0.4,
            "decides": True,
        }
        for test, found in sizes.items()
        for world, strength, size in zip(
            ("drift 0", "drift 0.1", "fitted"), (0.0, 0.1, 0.0), (*found, found[0]), strict=True
        )
    ]
    return check(pd.DataFrame(rows), Size, "sizes")


def _headline_audit() -> pd.DataFrame:
    cells = {
        "homicide": (56, 27, 1208, 718, -58.0),
        "firearm_homicide": (45, 19, 878, 490, math.nan),
        "non_firearm_homicide": (11, 8, 330, 228, math.nan),
        "shooting": (41, 8, 795, 372, -17.0),
    }
    rows = []
    for outcome, (before, after, other_before, other_after, claimed) in cells.items():
        for baseline in ("2018", "2019"):
            for comparison in ("city", "donors"):
                known = claimed if baseline == "2019" else math.nan
                rows.append(
                    {
                        "outcome": outcome,
                        "baseline": baseline,
                        "follow_up": "2023",
                        "comparison": comparison,
                        "treated_before": float(before),
                        "treated_after": float(after),
                        "treated_change": 100 * (after / before - 1),
                        "comparison_before": float(other_before),
                        "comparison_after": float(other_after),
                        "comparison_change": 100 * (other_after / other_before - 1),
                        "rate_ratio": after * other_before / (before * other_after),
                        "ci_low": 0.5,
                        "ci_high": math.inf if outcome == "shooting" else 1.25,
                        "published": known,
                        "reproduced": "not claimed" if math.isnan(known) else "no",
                        "lacking": "",
                    }
                )
    return check(pd.DataFrame(rows), HeadlineAudit, "headline_audit")


def _files() -> pd.DataFrame:
    rows = [
        ("carpetas_2025_01", "incidents", 900, "2016-01", "2025-01", "2026-03-02", "ab" * 32),
        ("quadrants", "quadrants_2023", 847, "", "", "", "cd" * 32),
    ]
    return check(pd.DataFrame(rows, columns=list(Files.to_schema().columns)), Files, "files")


def _data_flow() -> pd.DataFrame:
    """Only the yearly files hold rows without coordinates; 1906 is a clerical year.

    Homicides come from a file of located rows; the yearly files of 2016, 2017 and 2020 cross-check.
    """
    everyone = len(REASONS) + len(DONORS)
    counts = {"firearm_homicide": 4, "non_firearm_homicide": 1, "shooting": 3}
    yearly, points, homicides = "carpetas_{}", "puntos_2019_2024", "homicidios_2016_2025"
    rows = [(homicides, 1906, "none", "other offence", 7)]
    for outcome, count in counts.items():
        for year in range(2016, 2024):
            if (outcome, year) == ("shooting", 2018):
                continue
            source = yearly.format(year) if year < 2018 else points
            source = source if outcome == "shooting" else homicides
            rows.append((source, year, outcome, "counted", count * 12 * everyone))
            rows.append((source, year, outcome, "outside every sector", 2))
        rows.append((homicides, 0, outcome, "no date", 3))
    for year, lost in ((2016, 10), (2017, 30), (2020, 20)):
        source, elsewhere = yearly.format(year), "counted from another source"
        rows.append((source, year, "firearm_homicide", elsewhere, 160 - 2 * lost))
        rows.append((source, year, "firearm_homicide", "no coordinates", lost))
        rows.append((source, year, "non_firearm_homicide", elsewhere, 40))
        rows.append((source, year, "non_firearm_homicide", "outside every sector", lost))
        rows.append((source, year, "shooting", "no coordinates", 20 * lost))
        # Stragglers of another year tell nothing of that year's file.
        rows.append((source, year - 1, "shooting", "no coordinates", 5000))
    rows.append(("carpetas_2020", 2020, "shooting", "counted from another source", 600))
    names = ["source", "year", "outcome", "reason", "rows"]
    return check(pd.DataFrame(rows, columns=names), DataFlow, "data_flow")


def _coverage() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "outcome": OUTCOMES,
            "first_month": "2016-01",
            "last_month": "2023-12",
            "gaps": ["", "", "", "2018-01..2018-12"],
            "incomplete": "",
            "source": "files",
        }
    )
    return check(frame, Coverage, "coverage")


@pytest.fixture(scope="session")
def study() -> Study:
    return _study()


def given_frames(study: Study) -> dict[str, pd.DataFrame]:
    """Frames of the analyses: those of one in `given_<analysis>.py` with `frames(study)`."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("given_*.py")):
        found |= import_module(f"tests.page.{path.stem}").frames(study)
    return found


@pytest.fixture(scope="session")
def frames(study: Study) -> dict[str, pd.DataFrame]:
    """Every frame that tables and numbers ask for, by name."""
    return given_frames(study) | {
        "units": _units(),
        "panel": _panel(),
        "all_months": _panel(),
        "followed": _panel(),
        "files": _files(),
        "estimates": _estimates(study),
        "weights": _weights(),
        "solutions": _solutions(),
        "sectors": _sectors(),
        "placebos": _placebos(),
        "sizes": _sizes(),
        "headline_audit": _headline_audit(),
        "data_flow": _data_flow(),
        "coverage": _coverage(),
    }


@pytest.fixture(scope="session")
def shuffled(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The same frames with their rows in another order."""
    generator = np.random.default_rng(3)
    return {
        name: frame.iloc[generator.permutation(len(frame))].reset_index(drop=True)
        for name, frame in frames.items()
    }


@pytest.fixture(scope="module")
def values(study, frames):
    return numbers(study, **given(numbers, frames))


@pytest.fixture(params=["en", "es"])
def language(request) -> Language:
    return Language(request.param)
