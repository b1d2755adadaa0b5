"""The contracts: one model per table that crosses a door; the docstring says what a row means.

`check(table, Model, where)` validates every row and turns the first failure into one `InputError`
that names the file, the column and the row. Months and periods are text, `YYYY-MM` (a period is
named for its first month), so that they sort and compare as they read.
"""

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors
from pandera.typing.pandas import Series

from evaluation.errors import InputError
from evaluation.months import MONTH as MONTH_PATTERN

MONTH = MONTH_PATTERN.pattern


class Contract(pa.DataFrameModel):
    class Config:
        strict = True
        coerce = False


# --- data that ships -----------------------------------------------------------------------------


class SectorMonth(Contract):
    """One outcome in one sector in one covered month: how many carpetas. Zeros are rows."""

    sector: Series[str]
    month: Series[str] = pa.Field(str_matches=MONTH)
    outcome: Series[str]
    count: Series[int] = pa.Field(ge=0)

    class Config:
        unique = ["sector", "month", "outcome"]


class Coverage(Contract):
    """The months for which one outcome is covered.

    `gaps` (not covered) and `incomplete` (covered, but fewer than 98 % of the files had been opened
    when the source was cut) list months or ranges, `2018-01..2018-12 2019-03`; empty text for none.
    """

    outcome: Series[str] = pa.Field(unique=True)
    first_month: Series[str] = pa.Field(str_matches=MONTH)
    last_month: Series[str] = pa.Field(str_matches=MONTH)
    gaps: Series[str]
    incomplete: Series[str]
    source: Series[str]


class Sectors(Contract):
    """One police sector of the frozen map; longitude and latitude are of the centroid (WGS 84).

    `overlap_2016` is the intersection over union with the sector of the same name on the 2016 map,
    0 where no sector had that name.
    """

    sector: Series[str] = pa.Field(unique=True)
    alcaldia: Series[str]
    population_2010: Series[int] = pa.Field(ge=0)
    population_2020: Series[int] = pa.Field(gt=0)
    area_km2: Series[float] = pa.Field(gt=0)
    longitude: Series[float]
    latitude: Series[float]
    cuadrantes: Series[int] = pa.Field(gt=0)
    overlap_2016: Series[float] = pa.Field(ge=0, le=1)


class Neighbours(Contract):
    """One ordered pair of sectors at most 2,000 m apart: shared border and distance in metres."""

    sector: Series[str]
    neighbour: Series[str]
    shared_border_m: Series[float] = pa.Field(ge=0)
    distance_m: Series[float] = pa.Field(ge=0)

    class Config:
        unique = ["sector", "neighbour"]


class Rings(Contract):
    """Share of the area of one ring around a treated sector that lies in another sector."""

    treated: Series[str]
    ring: Series[str] = pa.Field(isin=["0-500", "500-1000", "1000-2000"])
    sector: Series[str]
    share: Series[float] = pa.Field(gt=0, le=1)

    class Config:
        unique = ["treated", "ring", "sector"]


class Quadrants(Contract):
    """One police quadrant: its sector and its centroid (WGS 84)."""

    cuadrante: Series[str] = pa.Field(unique=True)
    sector: Series[str]
    alcaldia: Series[str]
    population: Series[int] = pa.Field(ge=0)
    longitude: Series[float]
    latitude: Series[float]
    area_km2: Series[float] = pa.Field(gt=0)


class CityTotals(Contract):
    """Official citywide victims of one offence in one month (SESNSP)."""

    month: Series[str] = pa.Field(str_matches=MONTH)
    offence: Series[str]
    victims: Series[int] = pa.Field(ge=0)

    class Config:
        unique = ["month", "offence"]


class DataFlow(Contract):
    """Rows of one raw source and event year that ended at one stage of the flow.

    `reason` is `counted` or why the rows were left out (`no date`, `date outside the window`,
    `other offence`, `counted from another source`, `no coordinates`, `outside every sector`). Per
    source, the rows sum to the rows read. `year` is 0 where the rows have no usable date.
    """

    source: Series[str]
    year: Series[int]
    outcome: Series[str]
    reason: Series[str]
    rows: Series[int] = pa.Field(ge=0)

    class Config:
        unique = ["source", "year", "outcome", "reason"]


# --- between the rooms ---------------------------------------------------------------------------


class Panel(Contract):
    """One outcome in one sector in one month of the balanced panel.

    `count` is null where `covered` is false: not covered is not zero. `days` is the length of the
    month; `complete` is false where late files are still expected.
    """

    sector: Series[str]
    month: Series[str] = pa.Field(str_matches=MONTH)
    outcome: Series[str]
    count: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True)
    population: Series[int] = pa.Field(gt=0)
    days: Series[int] = pa.Field(ge=28, le=31)
    covered: Series[bool]
    complete: Series[bool]

    class Config:
        unique = ["sector", "month", "outcome"]


class Units(Contract):
    """One sector's part in the study; `reason` says why it is what it is."""

    sector: Series[str] = pa.Field(unique=True)
    role: Series[str] = pa.Field(isin=["treated", "donor", "excluded"])
    reason: Series[str]


class States(Contract):
    """The one state of a unit in a month."""

    sector: Series[str]
    month: Series[str] = pa.Field(str_matches=MONTH)
    state: Series[str] = pa.Field(
        isin=["never treated", "not yet treated", "treated", "donut", "excluded"]
    )

    class Config:
        unique = ["sector", "month"]


# --- results -------------------------------------------------------------------------------------


class Estimates(Contract):
    """One estimate of one effect under one test or interval.

    `observed` and `counterfactual` are events in the post window; `effect` is the mean post-period
    difference of rates (events per 100,000 person-years); `effect_percent` is 100(observed /
    counterfactual − 1) and `log_rate_ratio` its log; `averted_per_year` is in events. `ci_low` and
    `ci_high` are on `scale` (`log rate ratio` or `rate`), and are null where the test gives no
    interval; a ratio, and its tests, are null where the counterfactual is not positive.
    `inference` is `none` for a cross-check row. `calibrated` says whether the test's size
    at 5 % was measured inside [.03, .07] on null panels of this very shape.
    """

    study: Series[str]
    lane: Series[str] = pa.Field(isin=["confirmatory", "exploratory", "monitoring"])
    specification: Series[str]
    specification_hash: Series[str]
    outcome: Series[str]
    units: Series[str]
    estimand: Series[str]
    estimator: Series[str]
    window: Series[str]
    frequency: Series[str]
    scale: Series[str] = pa.Field(isin=["log rate ratio", "rate", "RMSPE ratio"])
    donor_rule: Series[str]
    n_treated: Series[int] = pa.Field(ge=1)
    n_donors: Series[int] = pa.Field(ge=1)
    n_pre: Series[int] = pa.Field(ge=1)
    n_post: Series[int] = pa.Field(ge=1)
    observed: Series[float] = pa.Field(ge=0)
    counterfactual: Series[float]
    effect: Series[float]
    effect_percent: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    averted_per_year: Series[float]
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1, nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    inference: Series[str]
    calibrated: Series[str] = pa.Field(isin=["yes", "no", "not measured"])
    pre_rmspe: Series[float] = pa.Field(ge=0)
    effective_donors: Series[float] = pa.Field(nullable=True)
    data_vintage: Series[str]
    code_version: Series[str]

    class Config:
        unique = ["specification", "inference"]


class Weights(Contract):
    """The weight of one donor in one unit's comparison sector (rows with weight 0 are left out)."""

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    donor: Series[str]
    weight: Series[float] = pa.Field(gt=0)


class Solutions(Contract):
    """How good one weight problem's solution is.

    `kkt_residual` is the certified relative optimality gap; `objective` the mean squared pre-period
    error; `unique` is false where several donor mixes fit equally well.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    objective: Series[float] = pa.Field(ge=0)
    kkt_residual: Series[float] = pa.Field(ge=0)
    effective_donors: Series[float] = pa.Field(ge=1)
    unique: Series[bool]


class Paths(Contract):
    """Observed and counterfactual events of one unit in one period.

    `state` is `pre`, `donut` or `post`; periods that are not covered, or not complete, are absent.
    `exposure` is in person-years.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    period: Series[str] = pa.Field(str_matches=MONTH)
    state: Series[str] = pa.Field(isin=["pre", "donut", "post"])
    observed: Series[float] = pa.Field(ge=0)
    counterfactual: Series[float]
    exposure: Series[float] = pa.Field(gt=0)

    class Config:
        unique = ["outcome", "estimator", "unit", "period"]


class Placebos(Contract):
    """One unit as if it were the treated one, in one post window.

    `log_ratio` is the Haldane-corrected log of observed over counterfactual, `standard_error` its
    FP-log scale, `z` the centred ratio over it; `gap` the mean post-period rate difference;
    `floored` says that the counterfactual sum was negative and was set to zero.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    unit: Series[str]
    treated: Series[bool]
    observed: Series[float] = pa.Field(ge=0)
    counterfactual: Series[float]
    log_ratio: Series[float]
    standard_error: Series[float] = pa.Field(gt=0)
    z: Series[float]
    gap: Series[float]
    pre_rmspe: Series[float] = pa.Field(ge=0)
    post_rmspe: Series[float] = pa.Field(ge=0)
    rmspe_ratio: Series[float] = pa.Field(nullable=True)
    floored: Series[bool]

    class Config:
        unique = ["outcome", "estimator", "window", "unit"]


class Size(Contract):
    """Measured size of one test at 5 % on simulated panels without any effect.

    `drift` is the yearly standard deviation of each sector's own random walk in the log rate;
    `contradictions` counts panels where interval and p-value disagree.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    inference: Series[str]
    drift: Series[float] = pa.Field(ge=0)
    panels: Series[int] = pa.Field(gt=0)
    size: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0)
    contradictions: Series[int] = pa.Field(ge=0)

    class Config:
        unique = ["outcome", "estimator", "window", "inference", "drift"]


class Power(Contract):
    """What one test at 5 % does on panels with a known effect, `months` after the start.

    `null` is `drift d` (simulated, yearly standard deviation d of each sector's log rate), `fitted`
    (simulated from the count model fitted to the donors) or `donors` (the real donors at fake
    starts). `rate_ratio` is the planted effect, 1 for none: there `power` is the size. `coverage`
    is of the 95 % interval; `type_s` the share of findings with the wrong sign, `type_m` the mean
    size of a finding over the true effect; both null where there is no effect or no finding.
    `detectable` is the rate ratio found with 80 % power, null where no planted one is.
    """

    outcome: Series[str]
    estimator: Series[str]
    inference: Series[str]
    null: Series[str]
    months: Series[int] = pa.Field(gt=0)
    rate_ratio: Series[float] = pa.Field(gt=0, le=1)
    draws: Series[int] = pa.Field(gt=0)
    power: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0)
    coverage: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    type_s: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    type_m: Series[float] = pa.Field(ge=0, nullable=True)
    detectable: Series[float] = pa.Field(gt=0, le=1, nullable=True)

    class Config:
        unique = ["outcome", "estimator", "inference", "null", "months", "rate_ratio"]


class HeadlineAudit(Contract):
    """The raw change of one outcome between two years: treated sector against a comparison set.

    Changes are in percent; `rate_ratio` is the ratio of ratios, with the exact conditional interval
    that holds if counts were Poisson (a lower bound of the uncertainty). `published` is the claimed
    change and `reproduced` says whether this definition gives it, rounded to a whole percent; both
    are empty where no claim speaks of the row.
    """

    outcome: Series[str]
    baseline: Series[str]
    follow_up: Series[str]
    comparison: Series[str]
    treated_before: Series[float]
    treated_after: Series[float]
    treated_change: Series[float]
    comparison_before: Series[float]
    comparison_after: Series[float]
    comparison_change: Series[float]
    rate_ratio: Series[float]
    ci_low: Series[float]
    ci_high: Series[float]
    published: Series[float] = pa.Field(nullable=True)
    reproduced: Series[str] = pa.Field(isin=["yes", "no", "not claimed"])

    class Config:
        unique = ["outcome", "baseline", "follow_up", "comparison"]


def check(table: pd.DataFrame, model: type[Contract], where: str) -> pd.DataFrame:
    """Return `table` (index reset) if every row honours `model`; else raise one `InputError`.

    `where` names the file or the step in the message. Rows are counted as in a spreadsheet: the
    header is line 1.
    """
    table = table.reset_index(drop=True)
    try:
        return model.validate(table, lazy=True)
    except SchemaErrors as failure:
        raise _explain(failure.failure_cases, table, model, where) from None


def _explain(cases: pd.DataFrame, table: pd.DataFrame, model: type[Contract], where: str):
    expected_columns = list(model.to_schema().columns)
    missing = [name for name in expected_columns if name not in table.columns]
    new = [name for name in table.columns if name not in expected_columns]
    if missing or new:
        parts = [f"missing columns {missing}"] * bool(missing) + [f"unknown columns {new}"] * bool(
            new
        )
        return InputError(
            where, " and ".join(parts), f"exactly {expected_columns}", "Correct the header."
        )
    keys = model.Config.unique if isinstance(getattr(model.Config, "unique", None), list) else None
    if keys and table.duplicated(keys).any():
        row = int(table.duplicated(keys).to_numpy().argmax())
        key = ", ".join(f"{name} {table.loc[row, name]}" for name in keys)
        return InputError(
            f"{where}, line {row + 2}",
            f"a second row for {key}",
            f"one row for each {' × '.join(keys)}",
            "Remove the duplicate, or sum the two if both are real.",
        )
    case = cases.iloc[0]
    column = case["column"] if isinstance(case["column"], str) else str(case["schema_context"])
    numbered = pd.notna(case["index"])
    place = f"{where}, line {int(case['index']) + 2}" if numbered else where
    return InputError(
        f"{place}, column {column}",
        f"found {case['failure_case']}",
        str(case["check"]),
        "Correct the value.",
    )
