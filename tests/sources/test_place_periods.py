"""Panels by weeks, months, quarters, half-years, years, numbers: what a period is called moves no
estimate; what is said of a year follows from how long a period lasts."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from evaluation.inference.estimate import estimate_outcome
from evaluation.study.months import shifted
from evaluation.study.period_names import LENGTHS
from tests.sources.given_panel import CONFIG, opened, rows, write_panel

TESTED = "inference: {tests: [permutation_ferman_pinto, permutation_ferman_pinto_levels, %s]}\n"
CHOSEN = TESTED % "permutation_rmspe, permutation_raw, leave_two_out, conformal"
COUNT = 14
WEEKS_2020 = [f"2020-W{number}" for number in range(47, 54)]  # a year of 53 weeks
WEEKS_2021 = [f"2021-W0{number}" for number in range(1, 8)]
# Kind → its periods, across the end of a year, and how many of them a year has.
PERIODS = {
    "year": ([str(1995 + n) for n in range(COUNT)], 1),
    "half-year": ([f"{1999 + n // 2}H{n % 2 + 1}" for n in range(1, COUNT + 1)], 2),
    "quarter": ([f"{1999 + n // 4}Q{n % 4 + 1}" for n in range(3, COUNT + 3)], 4),
    "month": ([f"{1999 + n // 12}-{n % 12 + 1:02d}" for n in range(7, COUNT + 7)], 12),
    "week": ([*WEEKS_2020, *WEEKS_2021], 365.25 / 7),
    "period": ([str(n - 9) for n in range(COUNT)], 1),
}
LABELS = ("specification_hash", "frequency", "specification", "averted_per_year")
MATCHED = ["outcome", "estimator", "window", "inference"]


@pytest.fixture(scope="module")
def estimates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("periods")

    @cache
    def of(kind: str) -> pd.DataFrame:
        periods = PERIODS[kind][0]
        write_panel(folder, rows(periods))
        path = folder / f"{kind}.yaml"
        path.write_text(CONFIG.replace("2010", f'"{periods[9]}"') + CHOSEN, encoding="utf-8")
        study, _, prepared = opened(path)
        assert (study.periods.kind, study.frequency) == (kind, kind)
        results = estimate_outcome(
            prepared.panel, prepared.units, study, "homicide", data_vintage="d", code_version="c"
        )
        return results.estimates.sort_values(MATCHED, ignore_index=True)

    return of


@pytest.mark.parametrize("kind", [kind for kind in PERIODS if kind != "year"])
def test_what_periods_are_called_moves_no_estimate(estimates, kind):
    found, yearly = estimates(kind), estimates("year")
    assert len(yearly) > 20 and yearly["p_value"].notna().sum() > 10
    kept = [name for name in yearly if name not in LABELS]
    pd.testing.assert_frame_equal(found[kept], yearly[kept], check_exact=True)


@pytest.mark.parametrize("kind", PERIODS)
def test_averted_a_year_follows_from_the_length_of_a_period(estimates, kind):
    found, a_year = estimates(kind), PERIODS[kind][1]
    averted = found["counterfactual"] - found["observed"]
    assert found["n_post"].eq(5).all() and averted.abs().gt(1).all()
    np.testing.assert_allclose(found["averted_per_year"], averted / 5 * a_year, rtol=1e-12)


@pytest.mark.parametrize(
    ("kind", "frequency", "together"), [("quarter", "half-year", 2), ("month", "quarter", 3)]
)
def test_a_multiple_of_the_panels_periods_sums_them(tmp_path, kind, frequency, together):
    a_year, name = {"quarter": (4, "{}Q{}"), "month": (12, "{}-{:02d}")}[kind]
    numbers = range(12 * together)
    periods = [name.format(2000 + n // a_year, n % a_year + 1) for n in numbers]
    table = rows(periods)
    start = periods[8 * together]
    write_panel(tmp_path, table)
    path = tmp_path / "config.yaml"
    config = CONFIG.replace("2010", f'"{start}"')
    path.write_text(f"{config}{CHOSEN}frequency: {frequency}\n", encoding="utf-8")
    study, _, prepared = opened(path)
    results = estimate_outcome(
        prepared.panel, prepared.units, study, "homicide", data_vintage="d", code_version="c"
    )
    found = results.estimates
    assert found["n_pre"].eq(8).all() and found["n_post"].eq(4).all()
    after = table[(table["unit"] == "North") & (table["period"] >= start)]["value"].sum()
    assert found["observed"].eq(after).all()
    # What the analyses vary is made of whole ones of these periods too.
    length = study.robustness.event_study.bin_months
    assert length == LENGTHS[frequency] and study.robustness.time.donuts == (0, length, 2 * length)
    spans = {shifted(study.treatment_start, n * length) for n in range(-2, 3)}
    assert set(study.robustness.time.starts) <= spans
