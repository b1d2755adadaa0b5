"""What the page says of programme sectors against their own past, with and without any."""

import math

import pytest

from evaluation.analyses.pooled_kriging import facts
from evaluation.analyses.pooled_kriging.figure import programme_sectors
from evaluation.analyses.pooled_kriging.table import pooled_kriging, pooled_kriging_power
from evaluation.page.disclosure import withhold
from evaluation.page.latex_writer import to_latex
from evaluation.page.table_writer import to_csv, to_html
from tests.conftest import stating
from tests.page.made import numbers_of


def shown(study, frames, language):
    names = ("pooled_kriging", "staggered")
    return pooled_kriging(study, language, **{name: frames[name] for name in names})


def test_rows_in_order_with_the_permutation_test_under_the_pooled_ones(study, frames, language):
    table = shown(study, frames, language)
    parts = table.frame.groupby("part", sort=False).size()
    assert list(parts)[:2] == [13, 12] and len(parts) == 2 * len(study.robustness.scale_up.outcomes)
    first = table.frame.iloc[:13]
    assert not first["folded"].any() and not table.primary
    assert first["low"].iloc[0] == pytest.approx(100 * math.expm1(-0.5))
    permuted = first.iloc[3]
    assert permuted["p"] == 0.04 and math.isnan(permuted["expected"])
    assert permuted["high"] == pytest.approx(100 * math.expm1(0.1))
    assert list(first["row"].iloc[7:10]) == ["OASIS", "PLATEROS", "SANTA FE"]
    assert first["shrunk"].notna().sum() == 3
    late = table.frame.iloc[13:25]
    assert late["row"].iloc[-1] == "OASIS" and late["remark"].iloc[-1] == language(
        "scale_up.reason.no whole covered period after entry"
    )
    assert language.number(2000, 0) in table.note


def test_a_withheld_sector_takes_every_sum_with_it(study, frames, language):
    rows = frames["pooled_kriging"].copy()
    small = (
        (rows["part"] == "sector") & (rows["label"] == "OASIS") & (rows["outcome"] == "shooting")
    )
    rows.loc[small, "observed"] = 3.0
    table = shown(study, frames | {"pooled_kriging": rows}, language)
    strict = stating(study, smallest_cell=5)
    found = withhold(table, strict, language).frame
    mine = found[(found["outcome"] == "shooting") & (found["timing"] == "earliest")]
    kept = mine[mine["effect"].notna()]
    assert list(kept["row"]) == ["PLATEROS", "SANTA FE"]
    assert "<5" in set(mine["observed"])
    assert found[found["outcome"] == "firearm_homicide"]["observed"].notna().sum() > 10


def test_the_power_table_has_tails_and_falls(study, frames, language):
    sizes = frames["pooled_kriging_sizes"]
    table = pooled_kriging_power(study, language, pooled_kriging_sizes=sizes)
    assert len(table.frame) == 12 and table.frame["part"].nunique() == 4
    first = table.frame.iloc[0]
    assert (first["size"], first["left"], first["right"]) == pytest.approx((5, 3, 2))
    assert [first[name] for name in ("power_20", "power_30", "power_40")] == [50, 80, 100]
    assert first["fall"] == pytest.approx(-30)


def test_without_further_sectors_everything_says_so(study, frames, language):
    none = {name: frame.iloc[:0] for name, frame in frames.items()}
    tables = [
        shown(study, none, language),
        pooled_kriging_power(study, language, pooled_kriging_sizes=none["pooled_kriging_sizes"]),
    ]
    assert study.treated in tables[0].note
    for table in tables:
        assert table.frame.empty and all(
            write(table, language) for write in (to_csv, to_html, to_latex)
        )
    _, alt = programme_sectors(study, language, pooled_kriging=none["pooled_kriging"])
    assert study.treated in alt
    found = numbers_of(study, none, "pooled_kriging")
    assert found["own_past_percent"] is None and found["own_past_size_share"] is None
    assert facts.reading("pooled_kriging", found) == ["pooled_kriging_none"]
    assert facts.reading("pooled_kriging_power", found) == ["pooled_kriging_power_none"]
    assert facts.reading("programme_sectors", found) == ["programme_sectors_none"]


def test_numbers_and_sentences(study, frames):
    found = numbers_of(study, frames, "pooled_kriging")
    assert found["own_past_percent"] == pytest.approx(100 * math.expm1(-0.1))
    assert found["own_past_latest_p"] == 0.625
    assert found["own_past_size_share"] == pytest.approx(5)
    assert found["own_past_fall_percent"] == pytest.approx(-30)
    assert facts.reading("pooled_kriging", found) == ["pooled_kriging", "pooled_kriging_latest"]
    assert len(facts.reading("pooled_kriging_power", found)) == 2
    assert facts.reading("programme_sectors", found) == ["programme_sectors"]


def test_the_figure_names_every_sector_and_its_effect(study, frames, language):
    figure, alt = programme_sectors(study, language, pooled_kriging=frames["pooled_kriging"])
    assert len(figure.axes) == 4
    for name in ("OASIS", "PLATEROS", "SANTA FE"):
        assert name in alt
    assert language.percent(100 * math.expm1(0.25), signed=True) in alt
