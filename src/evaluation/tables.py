"""The contracts: one model per table that crosses a door; the docstring says what a row means.

`check(table, Model, where)` validates every row and turns the first failure into one `InputError`
that names the file, the column and the row. Months and periods are text, `YYYY-MM` (a period is
named for its first month), so that they sort and compare as they read.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors
from pandera.typing.pandas import Series

from evaluation.errors import InputError
from evaluation.months import MONTH as MONTH_PATTERN

MONTH = MONTH_PATTERN.pattern
EXPECTED = {  # checks in words
    "greater_than_or_equal_to(0)": "a value of 0 or more",
    "greater_than(0)": "a value above 0",
    "not_nullable": "a value, not an empty cell",
    f"str_matches('{MONTH}')": "a month, YYYY-MM",
}
MONTH_OR_EMPTY = rf"^$|{MONTH}"
RINGS = ("0-500", "500-1000", "1000-2000")  # metres from the outline
REDRAWN = 0.98  # overlap with the 2016 sector below which a sector counts as redrawn
DAY = np.dtype("datetime64[s]")


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
    ring: Series[str] = pa.Field(isin=RINGS)
    sector: Series[str]
    share: Series[float] = pa.Field(gt=0, le=1)

    class Config:
        unique = ["treated", "ring", "sector"]


class RingQuarter(Contract):
    """Incidents of one outcome in one ring around one sector in one covered quarter.

    Counted where they happened, outside the sector itself; `quarter` is named for its first month.
    An incident may be in rings of several sectors. Zeros are rows.
    """

    sector: Series[str]
    ring: Series[str] = pa.Field(isin=RINGS)
    outcome: Series[str]
    quarter: Series[str] = pa.Field(str_matches=MONTH)
    count: Series[int] = pa.Field(ge=0)

    class Config:
        unique = ["sector", "ring", "outcome", "quarter"]


class RingAreas(Contract):
    """Area and inhabitants (2020) of the part of one ring that lies in other sectors of the map."""

    sector: Series[str]
    ring: Series[str] = pa.Field(isin=RINGS)
    area_km2: Series[float] = pa.Field(ge=0)
    population: Series[int] = pa.Field(ge=0)

    class Config:
        unique = ["sector", "ring"]


class Variants(Contract):
    """How many more events one variant of measurement counts in one sector and whole quarter.

    More than `sector_month` does, that is; cells without a row do not differ, as far as
    `VariantCoverage` says that the variant covers them. Shared-out events are no whole numbers.
    """

    variant: Series[str]
    sector: Series[str]
    outcome: Series[str]
    quarter: Series[str] = pa.Field(str_matches=MONTH)
    difference: Series[float] = pa.Field(ne=0)

    class Config:
        unique = ["variant", "sector", "outcome", "quarter"]


class VariantCoverage(Contract):
    """The months for which one outcome is counted by one variant, or the `reason` why it is not.

    `gaps` are months that are not covered, or not complete; `without` lists the sectors that the
    variant does not have, by `; `. All but `reason` are empty where there is one.
    """

    variant: Series[str]
    outcome: Series[str]
    first_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    last_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    gaps: Series[str]
    source: Series[str]
    without: Series[str]
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "no opening dates",
            "no other source",
            "no victims",
            "no other map",
            "no rows without a place",
            "no whole quarter",
        ]
    )

    class Config:
        unique = ["variant", "outcome"]


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


# --- what is pulled ------------------------------------------------------------------------------


class Vintages(Contract):
    """One file as it was published at one time, kept in `raw/<sha256>` of the vintage store.

    `retrieved_at` is when it first came, in UTC. `schema` is the layout of incident files, or
    `quadrants` or `city totals`. `first_month` and `last_month` span the opening dates of incident
    files, or the facts where a layout has no opening dates; empty text where there are no dates.
    """

    retrieved_at: Series[str] = pa.Field(
        str_matches=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
    )
    dataset: Series[str] = pa.Field(str_matches=r"^[a-z0-9_]+$")
    url: Series[str] = pa.Field(str_length={"min_value": 1})
    sha256: Series[str] = pa.Field(str_matches=r"^[0-9a-f]{64}$")
    bytes: Series[int] = pa.Field(gt=0)
    rows: Series[int] = pa.Field(gt=0)
    first_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    last_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    schema_: Series[str] = pa.Field(alias="schema", str_length={"min_value": 1})

    class Config:
        unique = ["dataset", "sha256"]


class PulledFiles(Contract):
    """One vintage that a run uses; `name` is its file name without endings, `kind` its part.

    An incident file `counts` the outcomes whose `source` is in that list (by spaces; empty if it
    only cross-checks) with facts from `first` to `last`; it holds files opened until `cut`, a day,
    or empty text where its own opening dates say so.
    """

    name: Series[str] = pa.Field(unique=True)
    kind: Series[str] = pa.Field(
        isin=["incidents", "quadrants_2023", "quadrants_2016", "totals", "set aside"]
    )
    url: Series[str]
    sha256: Series[str] = pa.Field(str_matches=r"^[0-9a-f]{64}$")
    bytes: Series[int] = pa.Field(gt=0)
    rows: Series[int] = pa.Field(gt=0)
    first_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    last_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    schema_: Series[str] = pa.Field(alias="schema", str_length={"min_value": 1})
    counts: Series[str]
    first: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    last: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    cut: Series[str]


class Incidents(Contract):
    """One row of a raw file whose offence some outcome counts, as the file gives it.

    A row is an investigation file, or a victim, as the layout has it. Dates are days, null where
    the file is silent; coordinates WGS 84 degrees, null likewise. `source_row` counts from 1 after
    the header of `source`.
    """

    outcome: Series[str] = pa.Field(str_length={"min_value": 1})
    occurred_on: Series[DAY] = pa.Field(nullable=True)
    opened_on: Series[DAY] = pa.Field(nullable=True)
    longitude: Series[float] = pa.Field(nullable=True)
    latitude: Series[float] = pa.Field(nullable=True)
    alcaldia: Series[str]
    colonia: Series[str]
    delito: Series[str]
    source: Series[str]
    source_row: Series[int] = pa.Field(gt=0)

    class Config:
        unique = ["source", "source_row"]


class LocatedIncidents(Incidents):
    """An incident and where the frozen map has it; `sector` is empty where it has it nowhere.

    `located_by` is `polygon`, `nearest` (at most 250 m outside every sector) or `none`.
    """

    sector: Series[str]
    cuadrante: Series[str]
    located_by: Series[str] = pa.Field(isin=["polygon", "nearest", "none"])


class BoroughFlow(Contract):
    """The rows of the data flow by borough, as the raw file names it (empty where it does not)."""

    source: Series[str]
    year: Series[int]
    outcome: Series[str]
    alcaldia: Series[str]
    reason: Series[str]
    rows: Series[int] = pa.Field(ge=0)

    class Config:
        unique = ["source", "year", "outcome", "alcaldia", "reason"]


class SectorBounds(Contract):
    """Between what a sector's files of one outcome and year may number, had all been placed.

    `counted` is the lower bound. `unplaced` are the files of the sector's boroughs, and of no known
    borough, that no sector could be given to; `upper` is `counted` and all of them. `expected`
    shares each borough's out among its sectors as the placed files are: right if files without a
    place are like the others of their borough.
    """

    sector: Series[str]
    outcome: Series[str]
    year: Series[int]
    counted: Series[int] = pa.Field(ge=0)
    unplaced: Series[int] = pa.Field(ge=0)
    upper: Series[int] = pa.Field(ge=0)
    expected: Series[float] = pa.Field(ge=0)

    class Config:
        unique = ["sector", "outcome", "year"]


class OfficialCoverage(Contract):
    """One outcome in one year against the official total, and the bounds of what is not placed.

    `files` are the rows with facts in the covered months of the year, `placed` those of a sector,
    `without_place` the others (no coordinates, or outside every sector); `official` is SESNSP's
    number of victims in the same months, null for an outcome it does not publish. A sector's true
    count lies between what is counted and what is counted + `without_place`; `share_placed` =
    placed / files and `share_official` = placed / official.
    """

    outcome: Series[str]
    year: Series[int]
    months: Series[int] = pa.Field(ge=1, le=12)
    files: Series[int] = pa.Field(ge=0)
    placed: Series[int] = pa.Field(ge=0)
    without_place: Series[int] = pa.Field(ge=0)
    share_placed: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    official: Series[float] = pa.Field(ge=0, nullable=True)
    share_official: Series[float] = pa.Field(ge=0, nullable=True)

    class Config:
        unique = ["outcome", "year"]


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


CROSS_CHECK = "synthetic_control_pysyncon"  # a library on the same problem, as an estimator


class Estimates(Contract):
    """One estimate of one effect under one test or interval.

    `observed` and `counterfactual` are events in the post window; `effect` is the mean post-period
    difference of rates (events per 100,000 person-years); `effect_percent` is 100(observed /
    counterfactual − 1) and `log_rate_ratio` its log; `averted_per_year` is in events. `ci_low` and
    `ci_high` are on `scale` (`log rate ratio` or `rate`), and are null where the test gives no
    interval; a ratio, and its tests, are null where the counterfactual is not positive.
    `inference` is `none` for a cross-check row, which has no p; nor has an interval without a test.
    Where a test does not exist for this outcome, p and interval are null and `reason` says why in a
    few fixed words; elsewhere it is empty. `unique` is false where several donor mixes fit the
    pre-period equally well, of which the least concentrated is used. `calibrated` says whether the
    test's size at 5 % was measured inside [.03, .07] on null panels of this very shape.
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
    reason: Series[str]
    pre_rmspe: Series[float] = pa.Field(ge=0)
    effective_donors: Series[float] = pa.Field(nullable=True)
    unique: Series[bool]
    data_vintage: Series[str]
    code_version: Series[str]

    class Config:
        unique = ["specification", "inference"]


class Weights(Contract):
    """The weight of one donor in one unit's comparison sector (rows with weight 0 are left out).

    Weights of the augmented synthetic control may be negative: it extrapolates.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    donor: Series[str]
    weight: Series[float] = pa.Field(ne=0)


class Solutions(Contract):
    """How good one weight problem's solution is.

    `kkt_residual` is the certified relative optimality gap (1e-12 stands for all that is smaller);
    `objective` the mean squared pre-period error; `unique` is false where several donor mixes fit
    equally well, of which the least concentrated is used.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    objective: Series[float] = pa.Field(ge=0)
    kkt_residual: Series[float] = pa.Field(ge=0)
    effective_donors: Series[float] = pa.Field(gt=0)
    unique: Series[bool]


class Diagnostics(Contract):
    """What a library's regression says beside one fit, as `wald_se` or `dispersion`.

    Standard errors in here are not valid with one treated unit: they are for comparison.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    name: Series[str]
    value: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["outcome", "estimator", "unit", "name"]


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
    `draws` counts simulated treated units that have a test, several of which share a panel;
    `contradictions` those whose interval and p-value disagree.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    inference: Series[str]
    drift: Series[float] = pa.Field(ge=0)
    draws: Series[int] = pa.Field(gt=0)
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
    `detectable` is the rate ratio found with 80 % power, null where no planted one is. A baseline
    `<name>_size_adjusted` has the critical value that gives it a size of 5 % on these panels.
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


class Balance(Contract):
    """One figure of the treated sector before treatment, beside its comparison and the donors.

    `measure` is `rate` (events per 100,000 person-years of the outcome `name`), `trend` (change of
    that rate a year, a least-squares slope) or `sector` (a figure of the sectors themselves: area
    in km², density per km², growth 2010–2020 in percent). `periods` are those matched, `missing`
    the months before treatment in none of them, by spaces. `synthetic` mixes the donors with the
    weights of the primary estimator for the primary outcome, `donor_weighted` with their
    inhabitants. Differences are treated minus synthetic, or minus the plain mean, in standard
    deviations over the donors. `percentile` is the share of donors below the treated sector, in
    percent, equal ones counted half. `joint_distance`, one for all rows of a measure, is the root
    mean square difference, in those standard deviations, between the treated sector and the nearest
    average of donors with any weights of at least zero: 0 where it lies among them in all rows at
    once; `joint_farther` donors are at least so far from the averages of the others. Both are over
    the rows that vary, null without any. `reason` says why another number is null.
    """

    measure: Series[str] = pa.Field(isin=["rate", "trend", "sector"])
    name: Series[str]
    periods: Series[int] = pa.Field(ge=0)
    missing: Series[str]
    treated: Series[float] = pa.Field(nullable=True)
    synthetic: Series[float] = pa.Field(nullable=True)
    donor_mean: Series[float] = pa.Field(nullable=True)
    donor_weighted: Series[float] = pa.Field(nullable=True)
    donor_sd: Series[float] = pa.Field(ge=0, nullable=True)
    donor_low: Series[float] = pa.Field(nullable=True)
    donor_high: Series[float] = pa.Field(nullable=True)
    difference_synthetic: Series[float] = pa.Field(nullable=True)
    difference_mean: Series[float] = pa.Field(nullable=True)
    percentile: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    joint_distance: Series[float] = pa.Field(ge=0, nullable=True)
    joint_farther: Series[float] = pa.Field(ge=0, nullable=True)
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "no weights",
            "no variation",
            "no weights; no variation",
            "no inhabitants in 2010",
        ]
    )

    class Config:
        unique = ["measure", "name"]


class Measurement(Contract):
    """The effect on the treated sector in the primary window under one variant of measurement.

    `variant` is `base` (as the study counts, by one `frequency`), a variant of the data folder, or
    `adverse` and `favourable` (the treated sector's files without a place all its own after, or
    before, treatment; the other sectors as expected). `last` is the last month of the window that
    the variant covers. `ci_low` and `ci_high` are log rate ratios, null where the test gives none;
    `upper`, `adverse` and `favourable` are bounds, and have no test.
    Where nothing can be estimated, `reason` says why and the numbers are null.
    """

    outcome: Series[str]
    variant: Series[str]
    frequency: Series[str]
    n_donors: Series[int] = pa.Field(ge=0)
    n_pre: Series[int] = pa.Field(ge=0)
    n_post: Series[int] = pa.Field(ge=0)
    last: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(ge=-100, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome", "variant", "frequency"]


class Spillover(Contract):
    """The effect in one zone of the treated sector, under one estimator in one post window.

    `zone` is the sector itself (`treated`), the sectors that touch it (`contiguous`), a ring around
    it by metres, or all rings and the sector together (`total`); the comparison is the same zone
    around donors. `source` says how the zone's events are known: counted where they lie
    (`incidents`) or as area-weighted parts of sectors (`shares`). `observed` and `counterfactual`
    are events in the window; the interval is FP-log's, centred on the placebos. Where there is no
    estimate `reason` says why and the numbers are null; `detail` holds the names that belong to the
    reason, or, beside an estimate, sectors that are left out of the zone.
    """

    zone: Series[str] = pa.Field(
        isin=["treated", "contiguous", "0-500", "500-1000", "1000-2000", "total"]
    )
    outcome: Series[str]
    window: Series[str]
    estimator: Series[str]
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    averted_per_year: Series[float] = pa.Field(nullable=True)
    donors: Series[float] = pa.Field(ge=0, nullable=True)
    placebos: Series[float] = pa.Field(ge=0, nullable=True)
    source: Series[str] = pa.Field(isin=["incidents", "shares", "none"])
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "programme inside",
            "no neighbour",
            "no figures",
            "not covered",
            "few donors",
            "no event before",
            "no event among donors",
            "no ratio",
        ]
    )
    detail: Series[str]

    class Config:
        unique = ["zone", "outcome", "window", "estimator"]


class RingEvents(Contract):
    """One bin of the event study of one zone: log rate ratio against the bins before the donut.

    The coefficient is centred on the placebos' mean; `low` and `high` are the bin's own interval
    (pointwise), infinite where so few placebos cannot reject. `p_value` is of no deviation in any
    bin before treatment or in the donut (`state` other than `post`), the same in all rows of a zone
    and outcome, and null where no such bin is left.
    """

    zone: Series[str]
    outcome: Series[str]
    bin: Series[str] = pa.Field(str_matches=MONTH)
    state: Series[str] = pa.Field(isin=["pre", "donut", "post"])
    coefficient: Series[float]
    low: Series[float]
    high: Series[float]
    placebos: Series[int] = pa.Field(gt=0)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reference: Series[str]

    class Config:
        unique = ["zone", "outcome", "bin", "state"]


class Displacement(Contract):
    """The weighted displacement difference of one outcome, window and displacement area.

    Four counts before and four after, in the last covered periods before the donut, as many as the
    window has, from `first_before` on. `comparison` is one donor and the zone around it (the
    `control`, whose counts before treatment are nearest) or all donors, whose counts are multiplied
    by `weight` and `area_weight`. `local` and `displaced` are differences in events, `total` their
    sum; standard errors hold if counts are Poisson and are a lower bound of the uncertainty. Null,
    with a `reason`, where it cannot be computed.
    """

    area: Series[str]
    outcome: Series[str]
    window: Series[str]
    comparison: Series[str] = pa.Field(isin=["nearest donor", "all donors"])
    control: Series[str]
    weight: Series[float] = pa.Field(gt=0, nullable=True)
    area_weight: Series[float] = pa.Field(gt=0, nullable=True)
    first_before: Series[str]
    treated_before: Series[float] = pa.Field(ge=0, nullable=True)
    treated_after: Series[float] = pa.Field(ge=0, nullable=True)
    control_before: Series[float] = pa.Field(ge=0, nullable=True)
    control_after: Series[float] = pa.Field(ge=0, nullable=True)
    area_before: Series[float] = pa.Field(ge=0, nullable=True)
    area_after: Series[float] = pa.Field(ge=0, nullable=True)
    area_control_before: Series[float] = pa.Field(ge=0, nullable=True)
    area_control_after: Series[float] = pa.Field(ge=0, nullable=True)
    local: Series[float] = pa.Field(nullable=True)
    displaced: Series[float] = pa.Field(nullable=True)
    total: Series[float] = pa.Field(nullable=True)
    local_error: Series[float] = pa.Field(ge=0, nullable=True)
    displaced_error: Series[float] = pa.Field(ge=0, nullable=True)
    total_error: Series[float] = pa.Field(ge=0, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    reason: Series[str]
    detail: Series[str]

    class Config:
        unique = ["area", "outcome", "window", "comparison"]


class Contamination(Contract):
    """The effect on the treated sector with one event of the contamination calendar handled.

    `event` is `none` for the study as it stands. `treatment` says what was done about it, `window`
    is a post window of the study, or empty where the event ended it early; `last` is its last
    month. `observed` and `counterfactual` are events of the treated sector; the interval is
    FP-log's on the log rate ratio. The triple difference compares the treated sector's change,
    relative to the rest of its borough, with that of donors relative to the rest of theirs; its
    ratio is centred on them. Null, with a `reason`, where it cannot be computed.
    """

    event: Series[str]
    treatment: Series[str] = pa.Field(
        isin=["none", "end window", "drop months", "drop sectors", "borough difference"]
    )
    outcome: Series[str]
    window: Series[str]
    last: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    estimator: Series[str]
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    donors: Series[float] = pa.Field(ge=0, nullable=True)
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "list unknown",
            "not in time",
            "covers treated",
            "not covered",
            "few donors",
            "alone in borough",
            "no event before",
            "no event among donors",
            "no ratio",
        ]
    )
    detail: Series[str]

    class Config:
        unique = ["event", "treatment", "outcome", "window", "estimator"]


class VariantEffects(Contract):
    """The effect under one choice that is not the study's: all post-periods of one window, FP-log.

    Numbers are those of `Estimates`, the interval on the log rate ratio. `n_placebos` are ranked
    (fewer than `n_donors` only where placebos are filtered). `reason` is empty where there is an
    effect; else it names why not (`message` says it in full), numbers are null and counts may be 0:
    `few donors`, `few placebos`, `short pre-period`, `window over`, `window cut`, `none to add`,
    `no ratio` (the expected count is not positive) or `not estimable`.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    n_donors: Series[int] = pa.Field(ge=0)
    n_placebos: Series[int] = pa.Field(ge=0)
    n_pre: Series[int] = pa.Field(ge=0)
    n_post: Series[int] = pa.Field(ge=0)
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "few donors",
            "few placebos",
            "short pre-period",
            "window over",
            "window cut",
            "none to add",
            "no ratio",
            "not estimable",
        ]
    )
    message: Series[str]


class StartDates(VariantEffects):
    """The effect with another first treated month and so many months left out before it.

    `own` marks the study's own dates. The pre-period begins, and the window ends, as the study's.
    """

    start: Series[str] = pa.Field(str_matches=MONTH)
    donut_months: Series[int] = pa.Field(ge=0)
    own: Series[bool]

    class Config:
        unique = ["outcome", "estimator", "window", "start", "donut_months"]


class LeaveOneOut(VariantEffects):
    """The effect without one donor, one borough's donors or one year of the pre-period.

    `dimension` is `full` (nothing left out), `donor`, `borough` or `year`; `weight` is what the
    full sample's comparison gives to what is left out, null for years and for estimators without
    weights.
    """

    dimension: Series[str] = pa.Field(isin=["full", "donor", "borough", "year"])
    left_out: Series[str]
    weight: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["outcome", "estimator", "window", "dimension", "left_out"]


class DonorRules(VariantEffects):
    """The effect under another rule for donors, matched years or ranked placebos.

    `rule` is `own` (the study's), `contiguous in`, `radius` (`value` in metres), `redrawn out`,
    `borough out`, `borough only`, `later entrants in` (programme sectors until they enter), `year
    left out` and `year counted` (matched to the year before last; the last year before the start
    left out, or counted as treated), or `placebos within` (ranked are placebos with at most `value`
    times the treated unit's pre-period RMSPE).
    """

    rule: Series[str]
    value: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["outcome", "estimator", "window", "rule", "value"]


class PlaceboTime(Contract):
    """One unit as if treated from one month on, over a window as long as all the others'.

    `real` marks the true start, for the treated unit and for donors; at every other start nobody
    was treated. `log_ratio` is Haldane-corrected; `z` is centred and scaled by FP-log on the other
    donors at that start, and `p_value` ranks the unit among them. `holdout_rmspe` is the root mean
    squared error over the window (events per 100,000 person-years): a prediction error, except for
    the treated unit at the true start. Numbers are null where a start cannot be estimated.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    treated: Series[bool]
    start: Series[str] = pa.Field(str_matches=MONTH)
    real: Series[bool]
    log_ratio: Series[float] = pa.Field(nullable=True)
    z: Series[float] = pa.Field(nullable=True)
    holdout_rmspe: Series[float] = pa.Field(ge=0, nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)

    class Config:
        unique = ["outcome", "estimator", "unit", "start"]


class Selection(Contract):
    """What is estimated where nothing happened, on a sector chosen because its violence had risen.

    `persistence` is `fitted` (the sectors' departures from the common path last as the model has
    it) or `none` (they vary as much, but last one period). `rule` is how the sector is chosen:
    `none` (the study's own) or, among the `large` ones, the most events (`level`) or the largest
    rise against its own past (`rise`) in the year before the `start` or before the `set-up` months.
    `comparison` is `study` (the study's own design), `year left out` (matched to the year before
    last) or `change` (last year against the year before the start, net of the other sectors).
    `bias` is the mean log ratio, `spread` its standard deviation, `rejecting` the share of panels
    with p ≤ 5 % (FP-log; null for `change`); `observed` is the real panel's log ratio and `as_low`
    the share of panels with one as low. `chosen_score` is the mean score that chose (events, or a
    ratio), `observed_score` the real sector's, with its rank. `reason` says why there is no number.
    """

    outcome: Series[str]
    estimator: Series[str]
    persistence: Series[str] = pa.Field(isin=["fitted", "none"])
    rule: Series[str] = pa.Field(
        isin=["none", "rise start", "level start", "rise set-up", "level set-up"]
    )
    comparison: Series[str] = pa.Field(isin=["study", "year left out", "change"])
    panels: Series[int] = pa.Field(ge=0)
    bias: Series[float] = pa.Field(nullable=True)
    bias_error: Series[float] = pa.Field(ge=0, nullable=True)
    spread: Series[float] = pa.Field(ge=0, nullable=True)
    rejecting: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    rejecting_error: Series[float] = pa.Field(ge=0, nullable=True)
    observed: Series[float] = pa.Field(nullable=True)
    as_low: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    chosen_score: Series[float] = pa.Field(ge=0, nullable=True)
    observed_score: Series[float] = pa.Field(ge=0, nullable=True)
    observed_rank: Series[float] = pa.Field(ge=1, nullable=True)
    large: Series[int] = pa.Field(ge=0)
    reason: Series[str] = pa.Field(isin=["", "short pre-period", "short window", "not estimable"])

    class Config:
        unique = ["outcome", "estimator", "persistence", "rule", "comparison"]


class EventStudy(Contract):
    """The treated sector's departure from its comparison in one bin of months, as a log rate ratio.

    `bin` is its first month and `last` its last; `state` is `pre`, `reference`, `donut` or `post`;
    `years` is the distance of the bin's middle from that of the reference. `coefficient` is
    relative to the reference and `estimate` the same minus the placebos' mean. `ci_*` is the
    interval of the bin alone, `band_*` that of the simultaneous band over all bins; both are
    infinite where so few placebos cannot reject, and null in the reference, which is zero by
    construction.
    """

    outcome: Series[str]
    estimator: Series[str]
    bin: Series[str] = pa.Field(str_matches=MONTH)
    last: Series[str] = pa.Field(str_matches=MONTH)
    state: Series[str] = pa.Field(isin=["pre", "reference", "donut", "post"])
    years: Series[float] = pa.Field(nullable=True)
    coefficient: Series[float]
    estimate: Series[float]
    standard_error: Series[float] = pa.Field(gt=0, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    band_low: Series[float] = pa.Field(nullable=True)
    band_high: Series[float] = pa.Field(nullable=True)
    level: Series[float] = pa.Field(gt=0, lt=1)

    class Config:
        unique = ["outcome", "estimator", "bin"]


class Pretrends(Contract):
    """The joint test of one event study's pre-period bins, and its power (Roth 2022).

    `p_sup` ranks the largest |z| and `p_wald` the quadratic form among the placebos'. `slope_50`
    and `slope_80` are the linear trends, in log points a year, that a test bin by bin finds in 50
    and 80 percent of samples; `slope_80_joint` against the joint test. `bias_*` is what such a
    trend would add to the mean post-period coefficient. Slopes are infinite where so few placebos
    cannot reject. Numbers are null where `reason` says why there is no test.
    """

    outcome: Series[str]
    estimator: Series[str]
    bins: Series[int] = pa.Field(ge=0)
    p_sup: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    p_wald: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    slope_50: Series[float] = pa.Field(ge=0, nullable=True)
    slope_80: Series[float] = pa.Field(ge=0, nullable=True)
    slope_80_joint: Series[float] = pa.Field(ge=0, nullable=True)
    bias_50: Series[float] = pa.Field(nullable=True)
    bias_80: Series[float] = pa.Field(nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome", "estimator"]


class HonestBounds(Contract):
    """The interval of the mean effect in the primary window if trends differ by a stated amount.

    `restriction` and `amount` say by how much (Rambachan & Roth 2023): `smoothness`, the most that
    the slope of the difference in trends changes from bin to bin, in log points; `relative
    magnitudes`, the largest move after treatment relative to the largest before. `parallel trends`
    is the usual interval. `estimate` is the mean of the coefficients of `bins` bins, on the log
    rate ratio. `breakdown` is the smallest amount at which zero is no longer excluded: 0 where it
    is not even under parallel trends, infinite where it is at the largest amount of the study.
    Numbers are null where `reason` says why there is no bound.
    """

    outcome: Series[str]
    estimator: Series[str]
    restriction: Series[str] = pa.Field(
        isin=["parallel trends", "smoothness", "relative magnitudes"]
    )
    amount: Series[float] = pa.Field(ge=0, nullable=True)
    bins: Series[int] = pa.Field(ge=0)
    estimate: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    breakdown: Series[float] = pa.Field(ge=0, nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome", "estimator", "restriction", "amount"]


class Staggered(Contract):
    """One row of one summary of all programme sectors' treated cells, under one estimator.

    `timing` says whether the months between the earliest and the latest possible entry are treated
    (`earliest`) or left out (`latest`). `summary` is `simple`, `group` (by cohort), `dynamic` (by
    periods since entry), `calendar` (by period) or `group-time` (cohort @ period); `label` is
    `overall` for the summary of the summary. `sectors` and `cells` are how many treated sectors,
    and sector-periods, are in it. Rates are per 100,000 person-years and `averted` is in events.
    `inference` is `pooled` (rank-matched permutation of sets of sectors: interval on the log rate
    ratio), `cluster_robust` (of the rate; not valid with few treated sectors) or `none`;
    `smallest_p` is what so many different sets can attain. A row with a `reason` says what could
    not be estimated: with summary `sector`, the sector of its label.
    """

    outcome: Series[str]
    timing: Series[str] = pa.Field(isin=["earliest", "latest"])
    estimator: Series[str]
    frequency: Series[str]
    summary: Series[str] = pa.Field(
        isin=["simple", "group", "dynamic", "calendar", "group-time", "sector"]
    )
    label: Series[str]
    sectors: Series[int] = pa.Field(ge=0)
    cells: Series[int] = pa.Field(ge=0)
    observed_rate: Series[float] = pa.Field(nullable=True)
    counterfactual_rate: Series[float] = pa.Field(nullable=True)
    effect: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    averted: Series[float] = pa.Field(nullable=True)
    scale: Series[str] = pa.Field(isin=["log rate ratio", "rate"])
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    inference: Series[str] = pa.Field(isin=["pooled", "cluster_robust", "none"])
    reason: Series[str]

    class Config:
        unique = ["outcome", "timing", "estimator", "summary", "label"]


class OutcomeFamily(Contract):
    """One outcome under the primary estimator, with p-values adjusted for looking at several.

    `family` is `target` (what the programme should move) or `negative control`. `p_value` is of the
    FP-log permutation test; `adjusted_p` allows for all outcomes and `adjusted_family_p` for those
    of its family, by the same permutation of sectors across outcomes (step-down max-T). Null where
    `reason` says why there is no ratio to test.
    """

    outcome: Series[str]
    role: Series[str]
    family: Series[str] = pa.Field(isin=["target", "negative control"])
    window: Series[str]
    observed: Series[float] = pa.Field(ge=0)
    counterfactual: Series[float]
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    adjusted_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    adjusted_family_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome"]


class Contrasts(Contract):
    """Two outcomes of the treated sector held against each other in ONE permutation test.

    `firearm`: the effect on `first` minus that on `second`, as log rate ratios of the primary
    estimator; `lethality`: the change of log(first/second) from the pre-period to the primary
    window. `log_ratio` is the difference, `estimate` the same minus the donors' mean, around which
    the interval lies. Null where `reason` says why there is no test.
    """

    contrast: Series[str] = pa.Field(isin=["firearm", "lethality"], unique=True)
    first: Series[str]
    second: Series[str]
    log_ratio: Series[float] = pa.Field(nullable=True)
    estimate: Series[float] = pa.Field(nullable=True)
    standard_error: Series[float] = pa.Field(gt=0, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reason: Series[str]


class Lethality(Contract):
    """How many of the people shot died: fatal over fatal and non-fatal events, in one year or span.

    `sectors` is `treated`, `donors` or `city` (all but the treated one); `span` a year, `pre` or
    `post` (the primary window). `share` is in percent with its exact binomial interval
    (Clopper-Pearson); counts and share are null where the span is not wholly covered.
    """

    sectors: Series[str] = pa.Field(isin=["treated", "donors", "city"])
    span: Series[str]
    fatal: Series[float] = pa.Field(ge=0, nullable=True)
    non_fatal: Series[float] = pa.Field(ge=0, nullable=True)
    share: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    ci_low: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    ci_high: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)

    class Config:
        unique = ["sectors", "span"]


class JointSizes(Contract):
    """Measured size at 5 % of one joint test, on simulated panels without any effect.

    `test` is `pooled` (all programme sectors), `firearm` or `lethality` (contrasts); `drift` the
    yearly standard deviation of each sector's own random walk in the log rate of each outcome.
    `standard_error` is the Monte Carlo one, above zero even where no panel was rejected.
    """

    test: Series[str] = pa.Field(isin=["pooled", "firearm", "lethality"])
    drift: Series[float] = pa.Field(ge=0)
    panels: Series[int] = pa.Field(gt=0)
    size: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0)

    class Config:
        unique = ["test", "drift"]


class Specifications(Contract):
    """One specification of the curve: its choices, and its effect under its own FP-log test.

    `specification` names it; `primary` marks the study's own choices. `log_rate_ratio` is that of
    observed over counterfactual events in the window (null where none was observed), `z` the
    treated unit's centred and rescaled log ratio, `ci_low` and `ci_high` on the log scale at the
    study's level. Where there is no estimate the numbers are null and `reason` says why: `cut
    period` (a window or the pre-period is not made of whole periods), `programme` (sectors of the
    scale-up enter in the window), `same donors` (as the rule named in `detail`), `few donors`,
    `design` or `fit` (the message is in `detail`), `no ratio` (the counterfactual is not positive).
    """

    specification: Series[str] = pa.Field(unique=True)
    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    frequency: Series[str]
    pre_period: Series[str]
    donor_rule: Series[str]
    primary: Series[bool]
    n_donors: Series[int] = pa.Field(ge=0)
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    effect: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(ge=-100, nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    z: Series[float] = pa.Field(nullable=True)
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "cut period",
            "programme",
            "same donors",
            "few donors",
            "design",
            "fit",
            "no ratio",
        ]
    )
    detail: Series[str]


class SpecificationScores(Contract):
    """One unit in one estimated specification: the treated one, or a donor as if treated.

    `observed` and `counterfactual` are events in the window, `pre_events` those before;
    `log_ratio` and `z` as in `Placebos`.
    """

    specification: Series[str]
    unit: Series[str]
    treated: Series[bool]
    observed: Series[float] = pa.Field(ge=0)
    counterfactual: Series[float]
    pre_events: Series[float] = pa.Field(ge=0)
    log_ratio: Series[float]
    z: Series[float]

    class Config:
        unique = ["specification", "unit"]


class JointTest(Contract):
    """All estimated specifications of an outcome (`all` for every outcome) as one test.

    `statistic` is `median z` (the median |z|) or `same sign` (the share of specifications with the
    unit's more frequent sign); `value` is the treated unit's, `donors_median` the donors'. Each
    donor of the study is compared with the treated unit over the specifications in which it is a
    donor; `as_extreme` of `n_donors` have a statistic at least as large there, and `p_value` is
    (1 + as_extreme)/(1 + n_donors). Null where nothing can be compared.
    """

    outcome: Series[str]
    statistic: Series[str] = pa.Field(isin=["median z", "same sign"])
    n_specifications: Series[int] = pa.Field(ge=0)
    n_donors: Series[int] = pa.Field(ge=0)
    value: Series[float] = pa.Field(ge=0, nullable=True)
    donors_median: Series[float] = pa.Field(ge=0, nullable=True)
    as_extreme: Series[int] = pa.Field(ge=0)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)

    class Config:
        unique = ["outcome", "statistic"]


class Assignment(Contract):
    """How unequal the odds of having been treated must be for one rank p-value to cross a level.

    The p-value of the FP-log ranks: `as_extreme` of `units` (the treated one is one of both) have
    |z| at least as large. Where p ≤ `level` (`direction` is `lost`), `odds` is the ratio e^φ by
    which all units at least as extreme must have been favoured by selection for p to reach the
    level (Firpo & Possebom 2018, section 3), and `odds_treated` the same if the treated unit alone
    was favoured. Where p > `level` (`gained`), the ratios by which they must have been disfavoured.
    Null where no odds do it; 1 where p is the level already.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    units: Series[int] = pa.Field(gt=1)
    as_extreme: Series[int] = pa.Field(ge=1)
    p_value: Series[float] = pa.Field(gt=0, le=1)
    level: Series[float] = pa.Field(gt=0, lt=1)
    direction: Series[str] = pa.Field(isin=["lost", "gained"])
    odds: Series[float] = pa.Field(ge=1, nullable=True)
    odds_treated: Series[float] = pa.Field(ge=1, nullable=True)

    class Config:
        unique = ["outcome", "estimator", "window", "level"]


class Gate(Contract):
    """One condition of the verdict, in the order in which they are judged.

    `required` conditions are the primary analysis: without them nothing is established. `value` is
    what was found and `threshold` what it is held against, null where the condition was not
    evaluated; `missing` then says what was missing (a frame, an outcome, or an estimate), and is
    empty otherwise.
    """

    condition: Series[str] = pa.Field(unique=True)
    required: Series[bool]
    value: Series[float] = pa.Field(nullable=True)
    threshold: Series[float] = pa.Field(nullable=True)
    passed: Series[str] = pa.Field(isin=["yes", "no", "not evaluated"])
    missing: Series[str]


class Recovery(Contract):
    """What one estimator finds of a known effect, planted in each donor as if it had had the pilot.

    Effects are planted by thinning the donor's events after the start, `draws` in all over
    `n_donors` donors (`subset` is `all`, or `alike` for the third nearest in size to the treated
    unit). `bias` is the mean of log(estimate / planted rate ratio), `rmse` the root of its mean
    square; `coverage` and `power` are of the FP-log interval and test at the study's level. The
    error of the bias and the 95 % intervals (`_low`, `_high`) count donors, not draws.
    """

    outcome: Series[str]
    estimator: Series[str]
    subset: Series[str] = pa.Field(isin=["all", "alike"])
    rate_ratio: Series[float] = pa.Field(gt=0, le=1)
    n_donors: Series[int] = pa.Field(gt=0)
    draws: Series[int] = pa.Field(gt=0)
    bias: Series[float]
    bias_error: Series[float] = pa.Field(ge=0, nullable=True)
    rmse: Series[float] = pa.Field(ge=0)
    coverage: Series[float] = pa.Field(ge=0, le=1)
    coverage_low: Series[float] = pa.Field(ge=0, le=1)
    coverage_high: Series[float] = pa.Field(ge=0, le=1)
    power: Series[float] = pa.Field(ge=0, le=1)
    power_low: Series[float] = pa.Field(ge=0, le=1)
    power_high: Series[float] = pa.Field(ge=0, le=1)

    class Config:
        unique = ["outcome", "estimator", "subset", "rate_ratio"]


class GateRecovery(Contract):
    """How often one condition of the gate, or all of them, is met by donors as if they were pilots.

    `scenario` says what is thinned by `rate_ratio`: `all` events of the primary outcome, or its
    `firearm` part only. `condition` is one of the gate's, or `established`: all that can be
    evaluated for a fake pilot at once, with the p-value as it is (`established`) or calibrated by
    simulation (`established calibrated`). `share` is over `draws` draws of `n_donors` donors; its
    95 % interval counts donors, not draws. `subset` as in `Recovery`.
    """

    scenario: Series[str] = pa.Field(isin=["all", "firearm"])
    subset: Series[str] = pa.Field(isin=["all", "alike"])
    rate_ratio: Series[float] = pa.Field(gt=0, le=1)
    condition: Series[str]
    n_donors: Series[int] = pa.Field(gt=0)
    draws: Series[int] = pa.Field(gt=0)
    share: Series[float] = pa.Field(ge=0, le=1)
    share_low: Series[float] = pa.Field(ge=0, le=1)
    share_high: Series[float] = pa.Field(ge=0, le=1)

    class Config:
        unique = ["scenario", "subset", "rate_ratio", "condition"]


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


def from_rows(rows: Iterable[Mapping[str, object]], model: type[Contract]) -> pd.DataFrame:
    """The table of some rows, checked: the contract's columns in its order and types.

    What a row does not have is missing; no rows are a table too.
    """
    return check(as_contract(pd.DataFrame(list(rows)), model), model, model.__name__)


def as_contract(table: pd.DataFrame, model: type[Contract]) -> pd.DataFrame:
    """A table with the contract's columns, in its order and types, also where it has no rows."""
    types = {name: column.dtype.type for name, column in model.to_schema().columns.items()}
    return table.reindex(columns=list(types)).astype(types)


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
        EXPECTED.get(str(case["check"]), str(case["check"])),
        "Correct the value.",
    )
