"""Each official layout, in each container, gives the incidents that were put into it."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from evaluation.panel.geography import locate, prepare_quadrants
from evaluation.simulate.incidents import Scenario, simulate
from evaluation.simulate.official_files import LAYOUT_NAMES
from evaluation.sources.layouts import Delitos, normalise, read_incidents
from evaluation.sources.spreadsheets import write_workbook
from evaluation.study.errors import InputError
from evaluation.study.study import load_outcomes

ROOT = Path(__file__).parents[2]
DELITOS = Delitos(load_outcomes(ROOT / "config" / "outcomes.yaml"))
CONTAINERS = (".csv", ".csv.gz", ".zip", ".xlsx", ".parquet")
# Points where they were drawn, so that a perfect reader finds the very counts.
SCENARIO = Scenario(4000, first="2019-11", last="2020-02", displacement_m=0)
WORKBOOK = (
    *("ID", "ID_CI", "MODALIDAD - DELITO", "FECHA DE LOS HECHOS", "HORA DE LOS HECHOS"),
    *("FECHA DE INICIO", "COORD X", "COORD Y", "ALCALDÍA HECHOS"),
)
SHOT = "LESIONES INTENCIONALES POR ARMA DE FUEGO"


@pytest.fixture(scope="module")
def quadrants():
    return prepare_quadrants(SCENARIO.city.quadrants(2023), "map")


def read(path, **given):
    return read_incidents(path, DELITOS, "raw", **given)


@pytest.mark.parametrize("layout", LAYOUT_NAMES)
@pytest.mark.parametrize("ending", CONTAINERS)
def test_the_counts_are_those_that_were_drawn(layout, ending, quadrants, tmp_path):
    path = tmp_path / f"file{ending}"
    truth = simulate(SCENARIO, layout, path)
    reading = read(path)
    assert (reading.layout, reading.counts) == (
        layout,
        "victims" if layout.startswith("victimas") else "carpetas",
    )
    assert reading.rows == len(reading.incidents) + reading.others["rows"].sum()
    table = reading.incidents
    table = table.join(locate(table["longitude"], table["latitude"], quadrants))
    table["month"] = table["occurred_on"].dt.strftime("%Y-%m")
    counted = table[table["month"].between(SCENARIO.first, SCENARIO.last) & table["sector"].ne("")]
    found = counted.groupby(["sector", "month", "delito"]).size()
    truth["delito"] = truth["delito"].map(normalise)
    wanted = truth[truth["delito"].map(DELITOS.outcome_of).ne("") & truth["placed"].gt(0)]
    expected = wanted.set_index(["sector", "month", "delito"])["placed"].sort_index()
    pd.testing.assert_series_equal(found, expected, check_names=False)


def test_the_same_rows_in_another_container_are_the_same_incidents(tmp_path):
    for ending in CONTAINERS:
        simulate(SCENARIO, "carpetas completa", tmp_path / f"file{ending}")
    first, *others = (read(tmp_path / f"file{ending}") for ending in CONTAINERS)
    for other in others:
        pd.testing.assert_frame_equal(other.incidents, first.incidents)
        pd.testing.assert_frame_equal(other.oddities, first.oddities)


def test_the_older_files_have_three_ways_to_write_a_date_and_mojibake(tmp_path):
    simulate(SCENARIO, "carpetas completa", tmp_path / "file.csv")
    text = (tmp_path / "file.csv").read_text(encoding="utf-8")
    reading = read(tmp_path / "file.csv")
    assert "TR\u00c3\x81NSITO" in text
    assert not reading.incidents["delito"].str.contains("\u00c3").any()
    odd = reading.oddities.set_index(["column", "oddity"])["rows"]
    day_first, timed = (
        odd["fecha_hechos", oddity] for oddity in ("date as %d/%m/%Y", "time of day after the date")
    )
    assert day_first > 500 and timed > 2000 and day_first + timed <= reading.rows
    assert odd["delito", "mojibake repaired"] > 0 and odd["colonia_hechos", "mojibake repaired"] > 0


def sheet(path, rows, header=WORKBOOK, above=("FISCALÍA",), below=()):
    write_workbook(path, "CARPETAS", [list(above), [], list(header), *rows, *below])
    return path


def row(number, **changes):
    cells = {
        "ID": float(number),
        "ID_CI": f"CI-{number}",
        "MODALIDAD - DELITO": SHOT,
        "FECHA DE LOS HECHOS": "03/02/2025",
        "HORA DE LOS HECHOS": "10:00:00",
        "FECHA DE INICIO": "04/02/2025",
        "COORD X": -99.2,
        "COORD Y": 19.37,
        "ALCALDÍA HECHOS": "TLALPAN",
    }
    return list({**cells, **changes}.values())


def test_a_workbook_is_read_below_its_title_under_any_name_of_its_columns(tmp_path):
    names = {"ID_CI": "ID_AP", "COORD X": "COORD. X", "ALCALDÍA HECHOS": "Alcaldía de los hechos"}
    header = [names.get(name, name) for name in WORKBOOK]
    rows = [row(1), row(2, ID_CI="CI-1"), row(3, **{"COORD X": 19.37, "COORD Y": -99.2})]
    reading = read(sheet(tmp_path / "libro.xlsx", rows, header))
    table = reading.incidents
    assert table["occurred_on"].eq(pd.Timestamp("2025-02-03")).all()
    assert table["opened_on"].eq(pd.Timestamp("2025-02-04")).all()
    assert table["longitude"].eq(-99.2).all() and table["alcaldia"].eq("TLALPAN").all()
    odd = reading.oddities.set_index(["column", "oddity"])["rows"]
    assert odd["ID_CI", "given before"] == 1 and odd["COORD X", "swapped with latitude"] == 1


def test_notes_below_the_rows_of_a_workbook_are_accounted_for(tmp_path):
    path = sheet(tmp_path / "libro.xlsx", [row(1)], below=[["Fuente: FGJ"], [], ["Corte: marzo"]])
    reading = read(path)
    assert reading.rows == 3 and len(reading.incidents) == 1
    assert reading.others.to_dict("list") == {"year": [0], "rows": [2]}


def test_a_further_column_of_a_workbook_is_named(tmp_path):
    path = sheet(tmp_path / "l.xlsx", [[*row(1), "x"]], [*WORKBOOK, "CLASIFICACION NUEVA"])
    odd = read(path).oddities
    assert ["CLASIFICACION NUEVA", "column not in the layout", 0] in odd.values.tolist()


def test_a_workbook_without_a_needed_column_is_refused(tmp_path):
    header = [name for name in WORKBOOK if name != "COORD Y"]
    with pytest.raises(InputError, match=r"missing columns \['COORD Y'\]"):
        read(sheet(tmp_path / "libro.xlsx", [row(1)], header))


def test_bad_containers_are_refused(tmp_path):
    good = tmp_path / "good.csv"
    simulate(SCENARIO, "carpetas acumulado", good)
    two = tmp_path / "two.zip"
    with zipfile.ZipFile(two, "w") as archive:
        archive.write(good, "a.csv")
        archive.write(good, "b.csv")
    simulate(SCENARIO, "carpetas acumulado", tmp_path / "whole.zip")
    simulate(SCENARIO, "carpetas acumulado", tmp_path / "whole.xlsx")
    simulate(SCENARIO, "carpetas acumulado", tmp_path / "whole.parquet")
    flipped = bytearray((tmp_path / "whole.zip").read_bytes())
    flipped[len(flipped) // 2] ^= 255
    contents = {
        "cut.zip": (tmp_path / "whole.zip").read_bytes()[:-200],
        "flipped.zip": bytes(flipped),
        "cut.xlsx": (tmp_path / "whole.xlsx").read_bytes()[:-200],
        "cut.parquet": (tmp_path / "whole.parquet").read_bytes()[:-200],
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="cannot be read to its end"):
            read(tmp_path / name)
    with pytest.raises(InputError, match=r"a zip of 2 files \['a.csv', 'b.csv'\]"):
        read(two)
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(InputError, match="Excel 97-2003"):
        read(tmp_path / "old.xls")


def test_the_name_of_a_file_does_not_matter(tmp_path):
    for ending in CONTAINERS:
        simulate(SCENARIO, "carpetas acumulado", tmp_path / f"file{ending}")
        (tmp_path / f"file{ending}").rename(tmp_path / f"vintage{CONTAINERS.index(ending)}")
    readings = [read(tmp_path / f"vintage{number}") for number in range(len(CONTAINERS))]
    assert len({reading.rows for reading in readings}) == 1


def test_the_real_files_hold_what_their_description_says(shared_data):
    reading = read(shared_data / "fgj" / "carpetasFGJ_2016.csv.gz")
    assert (reading.layout, reading.rows) == ("carpetas acumulado", 197_914)
    review = reading.review.set_index("delito")["rows"]
    assert review["FEMINICIDIO"] == 49 and review["TENTATIVA DE HOMICIDIO"] == 111
    assert "LESIONES INTENCIONALES POR GOLPES" not in review.index
