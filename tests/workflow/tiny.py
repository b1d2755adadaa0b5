"""A tiny world with a planted effect: 14 sectors × 36 months, a data folder and a config."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from evaluation.sources.shipped_contract import RINGS
from evaluation.study.months import month_range

EFFECT = 0.4  # rate ratio planted in the treated sector
MONTHS = month_range("2016-01", "2018-12")
SECTORS = ["PILOT", "NEIGHBOUR", "LATECOMER", *(f"DONOR {letter}" for letter in "ABCDEFGHIJK")]
PARTS = {"firearm_homicide": 12.0, "non_firearm_homicide": 6.0, "shooting": 15.0}
SUMS = {
    "homicide": ["firearm_homicide", "non_firearm_homicide"],
    "firearm_victims": ["firearm_homicide", "shooting"],
}
SPATIAL = ("firearm_homicide", "homicide", "shooting")
IMPOSSIBLE = {
    "source_other": "no other source",
    "source_joined": "no other source",
    "victims": "no victims",
    "map_other": "no other map",
}
GAP = set(month_range("2016-07", "2016-09"))  # no shootings known


def write_world(folder: Path, seed: int = 1) -> Path:
    """Write `data/` and `config.yaml` into `folder`; return the config's path."""
    data = folder / "data"
    data.mkdir(parents=True)
    for name, table in tables(seed).items():
        table.to_csv(data / f"{name}.csv", index=False)
    (folder / "outcomes.yaml").write_text(yaml.safe_dump(outcomes()))
    (folder / "calendar.csv").write_text(
        "sector,entry,latest_entry,source,confidence\nLATECOMER,2018-06,2018-07,test,high\n"
    )
    (folder / "contamination.csv").write_text(
        "event,scope,first,last,treatment,source,confidence\n"
        "campaign,*,2018-07,,end window,test,high\n"
        "closure,*,2018-02,2018-03,drop months,test,high\n"
        "patrols,DONOR A;DONOR B,2018-01,2018-12,drop sectors,test,low\n"
        "borough_plan,borough:CENTRE,2018-01,,borough difference,test,low\n"
    )
    (folder / "literature.csv").write_text(
        "study,place,years,design,outcome,effect,ci_low,ci_high,level,measure,source,doi,verified,note\n"
        "A,There,1999,stepped wedge,homicide,-30,-50,-2,95,,A 2000,,yes,read\n"
        "B,Elsewhere,2001,before and after,homicide,-20,-40,7,95,,B 2002,,yes,read\n"
        "C,Yonder,2003,before and after,homicide,-10,-30,16,95,,C 2004,,yes,read\n"
        "D,Nowhere,,before and after,homicide,,,,,nothing,D 2006,,no,\n"
    )
    (folder / "implementation.csv").write_text(
        "month,component,count,source\n2018-01,meetings,2,minutes\n2018-02,meetings,0,minutes\n"
    )
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config(), sort_keys=False, allow_unicode=True))
    return path


def config() -> dict:
    return {
        "study": "tiny",
        "title": {"en": "Did the pilot work?", "es": "¿Funcionó el piloto?"},
        "languages": ["en", "es"],
        "data": "data",
        "outcome_definitions": "outcomes.yaml",
        "treatment_calendar": "calendar.csv",
        "contamination_calendar": "contamination.csv",
        "treated": "PILOT",
        "treatment_start": "2018-01",
        "donut": {"first": "2017-10", "last": "2017-12"},
        "pre_period": {"first": "2016-01", "last": "2017-09"},
        "post_windows": {"A": "2018-06", "B": "2018-12"},
        "primary_window": "B",
        "frequency": "quarter",
        "donors": {
            "exclude_within_m": 50,
            "exclude_calendar": True,
            "exclude": {},
            "minimum": 10,
        },
        "outcomes": ["homicide", "firearm_homicide", "non_firearm_homicide", "shooting"],
        "estimators": ["demeaned_synthetic_control", "synthetic_control", "did", "poisson_did"],
        "inference": {
            "tests": [
                "permutation_ferman_pinto",
                "permutation_ferman_pinto_calibrated",
                "permutation_rmspe",
                "permutation_raw",
                "leave_two_out",
                "conformal",
                "conformal_calibrated",
            ],
            "baselines": ["prediction_interval", "placebo_variance", "poisson_wald"],
            "centre": "mean",
            "level": 0.9,
        },
        "calibration": {
            "draws": 24,
            "reference_panels": 10,
            "deciding_panels": 20,
            "reference_copies": 4,
            "drifts": [0.0],
            "seed": 1,
        },
        "secondary": {
            "estimators": ["poisson_kriging"],
            "tests": ["permutation_log_ratio_calibrated"],
            "drift_multiples": [1, 2],
            "breaks": [-1, 1],
        },
        "robustness": {
            "time": {
                "outcomes": ["homicide", "firearm_homicide"],
                "starts": ["2017-10", "2018-01"],
                "donuts": [0, 3],
                "fake_pre_months": 12,
                "fake_starts": 3,
                "donor_radii_m": [0, 50],
                "placebo_filters": [2, 5],
                "selection_panels": 20,
                "selection_share": 0.5,
            },
            "grid": {
                "outcomes": ["homicide"],
                "estimators": ["demeaned_synthetic_control", "did"],
                "frequencies": ["quarter"],
                "pre_periods": {"all": {"first": "2016-01", "last": "2017-09"}},
                "donor_rules": {
                    "main": {"within_m": 50},
                    "neighbours_in": {},
                    "scale_up_in": {"within_m": 50, "scale_up": True},
                },
            },
            "recovery": {"rate_ratios": [1, 0.5], "draws": 2},
            "event_study": {
                "outcomes": ["homicide"],
                "estimators": ["demeaned_synthetic_control", "poisson_did"],
                "bin_months": 6,
                "reference_months": 6,
                "smoothness": [0, 0.1],
                "relative": [1],
            },
            "scale_up": {"outcomes": ["homicide", "shooting"], "draws": 20, "ranks": 4},
            "joint_tests": {"panels": 10},
            "measurement": {"frequencies": ["month", "quarter"]},
            "spillover": {
                "outcomes": ["homicide", "shooting"],
                "estimators": ["demeaned_synthetic_control", "poisson_did"],
            },
            "contamination": {
                "outcomes": ["homicide"],
                "estimators": ["demeaned_synthetic_control", "poisson_did"],
            },
        },
        "monitoring": {
            "first_look": 3,
            "horizon": 18,
            "level": 0.05,
            "estimator": "poisson_did",
            "panels": 20,
            "seed": 1,
        },
        "gate": {"smallest_effect": 20},
        "literature": {
            "file": "literature.csv",
            "sceptical_sd": 0.35,
            "thresholds": {"worthwhile": 0.8, "not_worthwhile": 0.2},
        },
        "costs": {"total": 1000, "currency": "MXN", "years": 1, "source": "made up"},
        "implementation": "implementation.csv",
        "published_claims": [
            {"outcome": "homicide", "baseline": "2017", "follow_up": "2018", "change": -60}
        ],
        "claims": [
            {"analysis": "sector", "outcome": "homicide"},
            {"analysis": "scale_up", "outcome": "homicide"},
        ],
        "frozen_hash": "",
        "frozen_vintage": "",
    }


def plan_config() -> dict:
    """The plan of a scale-up of the tiny world."""
    return {
        "plan": "more",
        "study": "config.yaml",
        "title": {"en": "Which sectors next?", "es": "¿Qué sectores siguen?"},
        "outcomes": ["homicide"],
        "candidates": "all",
        "exclude": {},
        "spillover": {"contiguous_pairs": False},
        "start": "2019-01",
        "horizons": [12, 24],
        "sectors": [2],
        "designs": [{"design": "all_at_once"}, {"design": "stepped_wedge", "step": 6}],
        "rate_ratios": [0.8, 0.5],
        "smallest_effect": 20,
        "level": 0.95,
        "sets": 3,
        "panels": 20,
        "reference_panels": 40,
        "seed": 1,
        "draw_seed": "tiny",
    }


def outcomes() -> dict:
    roles = {"homicide": "primary", "non_firearm_homicide": "secondary"}
    rows = {}
    for name in [*SUMS, *PARTS]:
        label = name.replace("_", " ").capitalize()
        rows[name] = {"label": {"en": label, "es": label}, "role": roles.get(name, "firearm")}
        rows[name] |= {"sum_of": SUMS[name]} if name in SUMS else {"delitos": [name.upper()]}
    return json.loads(json.dumps(rows))  # no aliases in the YAML


def tables(seed: int) -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(seed)
    sectors = _sectors()
    # The pilot is large and its rate ordinary, so that a mix of donors can match its level.
    factor = generator.uniform(0.5, 1.5, len(SECTORS))
    factor[0] = 1.0
    size = dict(zip(SECTORS, factor * sectors["population_2020"] / 150_000, strict=True))
    counts = {
        (sector, month, outcome): int(
            generator.poisson(
                mean * size[sector] * (EFFECT if sector == "PILOT" and month >= "2018" else 1)
            )
        )
        for sector in SECTORS
        for month in MONTHS
        for outcome, mean in PARTS.items()
        if not (outcome == "shooting" and month in GAP)
    }
    for total, parts in SUMS.items():
        counts |= {
            (sector, month, total): sum(counts[sector, month, part] for part in parts)
            for sector in SECTORS
            for month in MONTHS
            if all((sector, month, part) in counts for part in parts)
        }
    names = [*PARTS, *SUMS]
    coverage = pd.DataFrame(
        {
            "outcome": names,
            "first_month": MONTHS[0],
            "last_month": MONTHS[-1],
            "gaps": ["2016-07..2016-09" if "shoot" in n or "victims" in n else "" for n in names],
            "incomplete": "",
            "source": "simulated",
        }
    )
    return {
        "sector_month": pd.DataFrame(
            [(*key, count) for key, count in sorted(counts.items())],
            columns=["sector", "month", "outcome", "count"],
        ),
        "coverage": coverage,
        "sectors": sectors,
        "neighbours": pd.DataFrame(
            [("PILOT", "NEIGHBOUR", 900, 0), ("NEIGHBOUR", "PILOT", 900, 0)],
            columns=["sector", "neighbour", "shared_border_m", "distance_m"],
        ),
        "rings": pd.DataFrame(
            [("PILOT", "0-500", "NEIGHBOUR", 0.5)], columns=["treated", "ring", "sector", "share"]
        ),
        **_rings(generator),
        **_variants(counts),
        "quadrants": _quadrants(sectors),
        "city_totals": pd.DataFrame(
            [(month, "Homicidio doloso", 300) for month in MONTHS],
            columns=["month", "offence", "victims"],
        ),
        "data_flow": pd.DataFrame(
            [
                ("simulated", year, outcome, reason, rows)
                for year in (2016, 2017, 2018)
                for outcome in PARTS
                for reason, rows in (
                    ("counted", _events(counts, outcome, year)),
                    ("no coordinates", 40),
                )
            ],
            columns=["source", "year", "outcome", "reason", "rows"],
        ),
    }


def _events(counts: dict[tuple[str, str, str], int], outcome: str, year: int) -> int:
    return sum(
        count
        for (_, month, name), count in counts.items()
        if name == outcome and month.startswith(str(year))
    )


def _rings(generator: np.random.Generator) -> dict[str, pd.DataFrame]:
    """A sparse ring of 10 km² and 50,000 people at each distance from each sector."""
    areas = [(sector, ring, 10.0, 50_000) for sector in SECTORS for ring in RINGS]
    counts = [
        (sector, ring, outcome, month, int(generator.poisson(6.0)))
        for sector in SECTORS
        for ring in RINGS
        for outcome in SPATIAL
        for month in MONTHS[::3]
        if not (outcome == "shooting" and month in GAP)
    ]
    parts = {row[:2] + row[3:4]: row[4] for row in counts if row[2] == "firearm_homicide"}
    counts = [
        (*row[:4], row[4] + parts[row[:2] + row[3:4]]) if row[2] == "homicide" else row
        for row in counts
    ]
    return {
        "ring_areas": pd.DataFrame(areas, columns=["sector", "ring", "area_km2", "population"]),
        "ring_quarter": pd.DataFrame(
            counts, columns=["sector", "ring", "outcome", "quarter", "count"]
        ),
    }


def _variants(counts: dict[tuple[str, str, str], int]) -> dict[str, pd.DataFrame]:
    """Displaced points move one event a year from the pilot to its neighbour; other dates do too.

    Files without a place are known for the shootings, but of one year alone.
    """
    rows, coverage = [], []
    for outcome in SPATIAL:
        gaps = "2016-07..2016-09" if outcome == "shooting" else ""
        for variant in ("date_opened", "jitter_01", "jitter_02"):
            coverage.append((variant, outcome, MONTHS[0], MONTHS[-1], gaps, "simulated", "", ""))
            moved = [month for month in MONTHS[::12] if counts["PILOT", month, outcome]]
            rows += [(variant, "PILOT", outcome, month, -1.0) for month in moved]
            rows += [(variant, "NEIGHBOUR", outcome, month, 1.0) for month in moved]
        for variant, reason in IMPOSSIBLE.items():
            coverage.append((variant, outcome, "", "", "", "", "", reason))
        for variant in ("placed", "expected", "upper"):
            if outcome == "shooting":
                span = ("2017-01", "2017-12", "", "simulated", "", "")
                coverage.append((variant, outcome, *span))
            else:
                reason = "no rows without a place"
                coverage.append((variant, outcome, "", "", "", "", "", reason))
    return {
        "variants": pd.DataFrame(
            rows, columns=["variant", "sector", "outcome", "quarter", "difference"]
        ),
        "variant_coverage": pd.DataFrame(
            coverage,
            columns=[
                *("variant", "outcome", "first_month", "last_month"),
                *("gaps", "source", "without", "reason"),
            ],
        ),
    }


def _sectors() -> pd.DataFrame:
    """Sectors in a grid, four a row, about 3 km apart."""
    count = len(SECTORS)
    return pd.DataFrame(
        {
            "sector": SECTORS,
            "alcaldia": "CENTRE",
            "population_2010": 90_000,
            "population_2020": [300_000, *(100_000 + 7_000 * n for n in range(count - 1))],
            "area_km2": 9.0,
            "longitude": [-99.2 + 0.03 * (number % 4) for number in range(count)],
            "latitude": [19.3 + 0.03 * (number // 4) for number in range(count)],
            "cuadrantes": 9,
            "overlap_2016": [0.99] * (count - 1) + [0.5],
        }
    )


def _quadrants(sectors: pd.DataFrame) -> pd.DataFrame:
    """Nine quadrants a sector, well within it."""
    rows = [
        (
            f"{row.sector}-{x}{y}",
            row.sector,
            row.alcaldia,
            row.population_2020 // 9,
            row.longitude + 0.005 * (x - 1),
            row.latitude + 0.005 * (y - 1),
            1.0,
        )
        for row in sectors.itertuples()
        for x in range(3)
        for y in range(3)
    ]
    columns = ["cuadrante", "sector", "alcaldia", "population", "longitude", "latitude", "area_km2"]
    return pd.DataFrame(rows, columns=columns)
