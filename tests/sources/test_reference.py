"""Official totals as SESNSP publishes them: byte order mark, blank months as 0, cells of −1."""

import pytest

from evaluation.panel.shipping import city_total_table
from evaluation.sources.pull import inspect
from evaluation.sources.reference import read_totals, unpublished_months
from evaluation.study.errors import InputError
from evaluation.study.months import month_range

MONTHS = month_range("2025-01", "2026-06")
FIREARM, UNSTATED = "Homicidio doloso | Con arma de fuego", "Homicidio doloso | No especificado"
SHOT = "Lesiones dolosas | Con arma de fuego"


def written(path, firearm, shot, mark=""):
    lines = [f"month,{FIREARM},{UNSTATED},{SHOT}"]
    lines += [f"{m},{a},0,{b}" for m, a, b in zip(MONTHS, firearm, shot, strict=True)]
    path.write_text(mark + "\n".join([*lines, ""]), encoding="utf-8")
    return path


def test_the_byte_order_mark_is_no_part_of_the_header(tmp_path):
    plain = written(tmp_path / "plain.csv", [50] * 18, [40] * 18)
    marked = written(tmp_path / "marked.csv", [50] * 18, [40] * 18, "\ufeff")
    assert marked.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read_totals(marked).equals(read_totals(plain))
    assert unpublished_months(read_totals(plain)) == ()


def test_zeros_at_the_end_are_months_not_published(tmp_path):
    path = written(tmp_path / "totals.csv", [50] * 15 + [0] * 3, [40] * 15 + [0] * 3)
    totals = read_totals(path)
    assert unpublished_months(totals) == ("2026-04", "2026-05", "2026-06")
    table = city_total_table(totals)
    assert table["month"].max() == "2026-03" and table["victims"].sum() == 15 * 90
    assert inspect(path, "totals").last_month == "2026-03"


def test_zeros_in_between_and_of_rare_offences_are_zeros(tmp_path):
    early = read_totals(written(tmp_path / "a.csv", [50, 0] + [50] * 16, [40, 0] + [40] * 16))
    assert unpublished_months(early) == ()
    rare = read_totals(written(tmp_path / "b.csv", [1, 0] * 9, [0] * 18))
    assert unpublished_months(rare) == () and len(city_total_table(rare)) == 3 * 18


def test_one_offence_that_falls_silent_is_refused(tmp_path):
    totals = read_totals(written(tmp_path / "a.csv", [50] * 18, [40] * 16 + [0] * 2))
    with pytest.raises(InputError, match="Lesiones.*0 victims from 2026-05 on, after 40 a month"):
        unpublished_months(totals)


def test_a_negative_cell_is_refused_with_what_it_means(tmp_path):
    path = written(tmp_path / "a.csv", [50] * 8 + [-1] + [50] * 9, [40] * 18)
    with pytest.raises(
        InputError, match="line 10, column Homicidio.*-1 victims in 2025-09"
    ) as stop:
        read_totals(path)
    assert "Iztacalco" in str(stop.value)
