"""Single dates far from the others do not say until when a file had taken up cases."""

import gzip

import pandas as pd
import pytest

from evaluation.panel.counts import RawFile, classify, coverage_table
from evaluation.simulate.incidents import Scenario, simulate
from evaluation.sources.layouts import Delitos, read_incidents
from evaluation.sources.openings import opening_spans, well_filled
from evaluation.sources.pull import inspect
from evaluation.study.study import load_outcomes

ROWS, CUT, RETRIEVED = 6_000, "2020-06-30", "2020-07-04"


@pytest.fixture(scope="module")
def definitions():
    return load_outcomes("config/outcomes.yaml")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A file of 2019 to June 2020, as text lines."""
    path = tmp_path_factory.mktemp("openings") / "plain.csv"
    scenario = Scenario(ROWS, first="2019-01", last="2020-06", cut=CUT, oddities=False)
    simulate(scenario, "carpetas acumulado", path)
    return path.read_text(encoding="utf-8").splitlines()


def spoilt(lines, column, days, offence="HOMICIDIO POR ARMA DE FUEGO"):
    """The lines with other days in the first rows of an offence that is counted."""
    header = lines[0].split(",")
    place, found = header.index(column), [n for n, line in enumerate(lines) if offence in line]
    changed = list(lines)
    for number, day in zip(found, days, strict=False):
        cells = lines[number].split(",")
        cells[place] = day
        changed[number] = ",".join(cells)
    return changed


def account(lines, folder, definitions, retrieved=""):
    path = folder / "carpetas.csv.gz"
    path.write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))
    reading = read_incidents(path, Delitos(definitions), "carpetas", retrieved=retrieved)
    located = reading.incidents.assign(sector="A", cuadrante="A 1", located_by="polygon")
    files = (RawFile("carpetas", "*", "2019-01", "2020-06", retrieved=retrieved),)
    own = {n: d for n, d in definitions.items() if not d.sum_of and d.source == "carpetas"}
    own = {
        n: type(d)(**{**vars(d), "source": "carpetas"})
        for n, d in own.items()
        if n in set(reading.incidents["outcome"])
    }
    classified = classify(located, files, own)
    odd = reading.oddities.set_index(["column", "oddity"])["rows"].to_dict()
    contents = inspect(path, "incidents", retrieved=retrieved)
    return coverage_table(classified, files, own), odd, contents, classified


@pytest.mark.parametrize("retrieved", ["", RETRIEVED])
@pytest.mark.parametrize("days", [["2029-03-01"], [f"2029-{m:02d}-01" for m in range(1, 13)]])
def test_dates_of_2029_change_their_own_account_only(plain, tmp_path, definitions, retrieved, days):
    coverage, before, contents, _ = account(plain, tmp_path, definitions, retrieved)
    assert coverage["incomplete"].ne("").all()  # the last months do miss files
    lines = spoilt(plain, "fecha_inicio", days)
    after, odd, again, _ = account(lines, tmp_path, definitions, retrieved)
    pd.testing.assert_frame_equal(after, coverage)
    assert again == contents and contents.last_month == "2020-06"
    slip = "retrieved" if retrieved else ""
    name = (
        "opened after the file was retrieved"
        if slip
        else ("opened after the last well-filled month")
    )
    assert set(odd.items()) - set(before.items()) == {(("fecha_inicio", name), len(days))}


def test_a_bulk_of_dates_after_the_retrieval_is_no_well_filled_month(plain, tmp_path, definitions):
    coverage, *_ = account(plain, tmp_path, definitions, RETRIEVED)
    lines = spoilt(plain, "fecha_inicio", ["2029-03-01"] * 400, offence="ROBO A TRANSEUNTE")
    lines = spoilt(lines, "fecha_inicio", ["2029-03-01"] * 400)
    after, odd, contents, rows = account(lines, tmp_path, definitions, RETRIEVED)
    moved = int(rows["opened_on"].eq("2029-03-01").sum())
    assert moved > 20 and odd["fecha_inicio", "opened after the file was retrieved"] == moved
    assert contents.last_month == "2020-06"
    assert after["last_month"].eq("2020-06").all()
    assert opening_spans(rows, {"carpetas": RETRIEVED}).loc["carpetas", "max"] <= pd.Timestamp(CUT)


def test_facts_after_the_retrieval_and_openings_before_the_facts_are_counted(
    plain, tmp_path, definitions
):
    coverage, before, *_ = account(plain, tmp_path, definitions, RETRIEVED)
    lines = spoilt(plain, "fecha_hecho", ["2029-03-01"])
    after, odd, _, rows = account(lines, tmp_path, definitions, RETRIEVED)
    assert odd["fecha_hecho", "facts after the file was retrieved"] == 1
    assert odd["fecha_inicio", "opened before the facts"] == 1
    assert rows.loc[rows["year"].eq(2029), "reason"].tolist() == ["date outside the window"]
    pd.testing.assert_frame_equal(after, coverage)


def test_well_filled_months_by_hand():
    year = {f"2019-{month:02d}": 100 for month in range(1, 13)}
    slips = {"1906-01": 1, "2020-01": 24, "2020-02": 25, "2029-01": 1, "2029-02": 1}
    assert well_filled(pd.Series({**year, **slips})) == [*year, "2020-02"]
    # Many nearly empty months at either end do not become the measure.
    early = {f"1990-{month:02d}": 1 for month in range(1, 13)}
    late = {f"2031-{month:02d}": 1 for month in range(1, 13)}
    assert well_filled(pd.Series({**early, **year, **late})) == list(year)
    assert well_filled(pd.Series({"2020-01": 0})) == []


def test_spans_by_hand():
    days = pd.to_datetime(["2020-01-01", "2020-01-31", "2029-01-01", None])
    rows = pd.DataFrame({"source": ["a", "a", "a", "b"], "opened_on": days})
    spans = opening_spans(rows, {"a": "2020-02-01"})
    assert spans.loc["a"].tolist() == [pd.Timestamp("2020-01-01"), pd.Timestamp("2020-01-31")]
    assert spans.loc["b"].isna().all()
