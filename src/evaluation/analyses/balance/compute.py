"""How like its comparison and the donors was the treated sector before treatment?

A description, without a test: sectors are not drawn from anything, and whether a difference could
be chance says little of the bias that it leaves. Differences are therefore in standard deviations
over the donors, and the donors' range is shown with them: no average of donors leaves it. To lie
within the range of every row is not yet to lie among the donors in all rows at once, so the
distance to the nearest average of them is given too, with the donors' own distances.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.analyses.balance.contract import Balance
from evaluation.design.design import periods_inside
from evaluation.design.donors import donors_of
from evaluation.estimators.count_model import times
from evaluation.estimators.simplex import solve_simplex
from evaluation.panel.periods import RATE, OutcomePanel, to_periods
from evaluation.study.contract import from_rows
from evaluation.study.months import month_range, period_months
from evaluation.study.study import FREQUENCIES, Study

MEASURES = ("rate", "trend", "sector")
FIGURES = ("population", "density", "area", "growth", "inhabitants_per_quadrant")
DIGITS = 10  # decimals; further ones are rounding, and would tell equal sectors apart
REACHED = 4  # decimals of a distance in standard deviations: as many as the solver certifies
NO_WEIGHTS = "no weights"
NO_VARIATION = "no variation"
NO_INHABITANTS = "no inhabitants in 2010"


@dataclass(frozen=True)
class _Sample:
    """The treated sector and its donors: inhabitants where they are known, and weights where the
    estimator has them."""

    treated: str
    donors: list[str]
    inhabitants: list[float] | None
    weights: list[float] | None


def balance(
    study: Study,
    *,
    panel: pd.DataFrame,
    units: pd.DataFrame,
    sectors: pd.DataFrame,
    weights: pd.DataFrame,
) -> pd.DataFrame:
    """`Balance` rows: level and trend of every outcome before treatment, then the sectors' figures.

    Levels and trends are over the periods that are matched: whole, covered and complete. The
    comparison is formed with one set of weights in every row, those of the primary estimator for
    the primary outcome.
    """
    donors = list(donors_of(units))
    known = sectors.set_index("sector")
    inhabitants = None
    if "population_2020" in known:
        inhabitants = known.loc[donors, "population_2020"].astype(float).to_list()
    sample = _Sample(study.treated, donors, inhabitants, _weights(study, weights, donors))
    length = FREQUENCIES[study.frequency]
    outcomes = {name: to_periods(panel, name, study.frequency, length) for name in study.outcomes}
    matched = {name: _matched(study, counted) for name, counted in outcomes.items()}
    measured = {
        "rate": {name: _levels(study, counted) for name, counted in outcomes.items()},
        "trend": {name: _trends(study, counted) for name, counted in outcomes.items()},
        "sector": _figures(known),
    }
    rows = []
    for measure in MEASURES:
        values = pd.DataFrame(measured[measure]).loc[[study.treated, *donors]]
        values = values.astype(float).round(DIGITS) + 0.0  # no negative zero
        joint = _joint(values)
        for name in values:
            keys = {"measure": measure, "name": name, "periods": 0, "missing": ""}
            rows.append(keys | matched.get(name, {}) | _compare(values[name], sample) | joint)
    return from_rows(rows, Balance)


def _weights(study: Study, weights: pd.DataFrame, donors: list[str]) -> list[float] | None:
    """Weights of the primary estimator for the primary outcome, in the order of the donors."""
    own = study.primary.rows(weights)
    own = own[own["unit"] == study.treated]
    if own.empty:
        return None
    return own.set_index("donor")["weight"].reindex(donors, fill_value=0.0).to_list()


def _matched(study: Study, counted: OutcomePanel) -> dict[str, object]:
    """How many periods are matched, and the months before treatment that are in none of them."""
    periods = periods_inside(counted, study.pre_period)
    length = FREQUENCIES[study.frequency]
    held = {month for period in periods for month in period_months(period, length)}
    missing = set(month_range(study.pre_period.first, study.pre_period.last)) - held
    return {"periods": len(periods), "missing": " ".join(sorted(missing))}


def _levels(study: Study, counted: OutcomePanel) -> pd.Series:
    """Events per 100,000 person-years over the matched periods, by sector."""
    columns = counted.columns(periods_inside(counted, study.pre_period))
    events, exposure = counted.counts[:, columns], counted.exposure[:, columns]
    return pd.Series(RATE * events.sum(axis=1) / exposure.sum(axis=1), index=counted.units)


def _trends(study: Study, counted: OutcomePanel) -> pd.Series:
    """Change of the rate a year, by sector: the least-squares slope over the matched periods."""
    periods = periods_inside(counted, study.pre_period)
    rates = counted.rates[:, counted.columns(periods)]
    years = times(tuple(periods), study.frequency)
    years -= years.mean()
    return pd.Series((rates * years).sum(axis=1) / (years**2).sum(), index=counted.units)


def _figures(sectors: pd.DataFrame) -> dict[str, pd.Series]:
    """Census and police figures of each sector, those whose columns there are.

    Growth is in percent, null without inhabitants.
    """
    now, before = sectors.get("population_2020"), sectors.get("population_2010")
    area, quadrants = sectors.get("area_km2"), sectors.get("cuadrantes")
    found = {
        "population": now,
        "density": None if now is None or area is None else now / area,
        "area": area,
        "growth": None if before is None else 100 * (now / before.where(before > 0) - 1),
        "inhabitants_per_quadrant": None if quadrants is None else now / quadrants,
    }
    return {name: found[name] for name in FIGURES if found[name] is not None}


def _compare(values: pd.Series, sample: _Sample) -> dict[str, object]:
    """The treated sector's value with those of its comparison and of the donors."""
    own = float(values[sample.treated])
    others = values[sample.donors].to_numpy()
    if not np.isfinite([own, *others]).all():
        return {"treated": own, "reason": NO_INHABITANTS}
    varied = others.max() > others.min()
    found = {
        "treated": own,
        "synthetic": _mixed(others, sample.weights) if sample.weights else math.nan,
        "donor_mean": math.fsum(others) / len(others),
        "donor_weighted": (
            _mixed(others, sample.inhabitants) / math.fsum(sample.inhabitants)
            if sample.inhabitants
            else math.nan
        ),
        "donor_sd": float(others.std(ddof=1)) if varied else 0.0,
        "donor_low": float(others.min()),
        "donor_high": float(others.max()),
        "percentile": 100 * float(np.mean((others < own) + (others == own) / 2)),
        "reason": "; ".join([NO_WEIGHTS] * (not sample.weights) + [NO_VARIATION] * (not varied)),
    }
    if not varied:
        return found
    return found | {
        "difference_synthetic": (own - found["synthetic"]) / found["donor_sd"],
        "difference_mean": (own - found["donor_mean"]) / found["donor_sd"],
    }


def _mixed(values: np.ndarray, weights: list[float]) -> float:
    """The sum of values times weights, rounded once."""
    return math.fsum(value * weight for value, weight in zip(values, weights, strict=True))


def _joint(values: pd.DataFrame) -> dict[str, float]:
    """How far the treated sector, the first row, is from the nearest average of the donors.

    Over all columns that every sector has and that vary among the donors; as many donors are at
    least so far from the averages of the others. Null where no column is left.
    """
    donors = values.iloc[1:]
    values = values.loc[:, values.notna().all() & (donors.max() > donors.min())]
    if values.empty:
        return {}
    points = (values / donors[list(values)].std()).to_numpy()
    own, others = points[0], points[1:]
    distance = _distance(own, others)
    placebos = [_distance(one, np.delete(others, place, 0)) for place, one in enumerate(others)]
    farther = sum(placebo >= distance for placebo in placebos)
    return {"joint_distance": distance, "joint_farther": float(farther)}


def _distance(point: np.ndarray, others: np.ndarray) -> float:
    """Root mean square difference to the nearest average of others; 0 for a point among them."""
    squares = solve_simplex(others.T, point).objective
    return round(math.sqrt(max(squares, 0.0) / len(point)), REACHED)
