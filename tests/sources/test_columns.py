"""Column maps: a user's own layout without code, and every mistake in a map named."""

import pandas as pd
import pytest

from evaluation.sources.columns import read_column_map, read_column_maps
from evaluation.sources.layouts import LAYOUTS, Delitos, read_incidents, recognise
from evaluation.study.errors import InputError
from evaluation.study.outcomes import OutcomeDefinition

SHOT = "LESIONES INTENCIONALES POR ARMA DE FUEGO"
DELITOS = Delitos({"shooting": OutcomeDefinition("shooting", (), "primary", (SHOT,), (), "x")})
MAP = """\
counting_rule: victims
columns:
  occurred_on: FECHA
  opened_on: FECHA_APERTURA
  delito: MODALIDAD
  longitude: X
  latitude: Y
  alcaldia: ALCALDÍA
date_format: "%d.%m.%Y"
encoding: cp1252
delimiter: ";"
coordinate_reference: EPSG:32614
"""
EXTRACT = (
    "FOLIO;FECHA;FECHA_APERTURA;MODALIDAD;X;Y;ALCALDÍA\n"
    f"1;05.03.2021 10:30;06.03.2021;{SHOT.lower()};479000.0;2141500.0;Álvaro Obregón\n"
    f"2;07.03.2021;08.03.2021;{SHOT};0;0;TLALPAN\n"
    "3;09.03.2021;09.03.2021;FRAUDE;;;TLALPAN\n"
)


@pytest.fixture
def layout(tmp_path):
    (tmp_path / "ministry.yaml").write_text(MAP, encoding="utf-8")
    return read_column_map(tmp_path / "ministry.yaml")


def test_an_extract_is_read_with_its_encoding_dates_and_metres(layout, tmp_path):
    (tmp_path / "extract.csv").write_bytes(EXTRACT.encode("cp1252"))
    reading = read_incidents(tmp_path / "extract.csv", DELITOS, "raw", [layout])
    assert (reading.layout, reading.counts, reading.rows) == ("ministry", "victims", 3)
    table = reading.incidents
    assert table["occurred_on"].dt.strftime("%Y-%m-%d").tolist() == ["2021-03-05", "2021-03-07"]
    assert table["longitude"][0] == pytest.approx(-99.2, abs=1e-3)
    assert table["latitude"][0] == pytest.approx(19.367, abs=1e-3)
    assert table["longitude"].isna().tolist() == [False, True]
    assert table["alcaldia"].tolist() == ["ALVARO OBREGON", "TLALPAN"]
    assert reading.others.to_dict("list") == {"year": [2021], "rows": [1]}


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_dates_and_numbers_of_typed_files_need_no_format(layout, tmp_path, ending):
    table = pd.DataFrame(
        {
            "FECHA": pd.to_datetime(["2021-03-05 10:30", "2021-03-07 00:00"]),
            "FECHA_APERTURA": pd.to_datetime(["2021-03-06", None]),
            "MODALIDAD": pd.Categorical([SHOT, SHOT]),
            "X": [479000.0, None],
            "Y": [2141500, 2141500],
            "ALCALDÍA": ["TLALPAN", None],
        }
    )
    path = tmp_path / f"extract.{ending}"
    if ending == "parquet":
        table.to_parquet(path)
    else:
        pytest.importorskip("openpyxl", reason="only writes this test's typed workbook")
        table.to_excel(path, index=False)
    found = read_incidents(path, DELITOS, "raw", [layout]).incidents
    assert found["occurred_on"].dt.strftime("%Y-%m-%d").tolist() == ["2021-03-05", "2021-03-07"]
    assert found["opened_on"].isna().tolist() == [False, True]
    assert found["longitude"].isna().tolist() == [False, True]
    assert found["alcaldia"].tolist() == ["TLALPAN", ""]


def test_an_official_file_is_never_taken_for_a_mapped_one(tmp_path):
    text = MAP.replace("FECHA\n", "fecha_hecho\n", 1).replace("MODALIDAD", "delito")
    text = text.replace(": X", ": longitud").replace(": Y", ": latitud")
    text = text.replace("  opened_on: FECHA_APERTURA\n", "").replace("  alcaldia: ALCALDÍA\n", "")
    (tmp_path / "greedy.yaml").write_text(text, encoding="utf-8")
    greedy = read_column_map(tmp_path / "greedy.yaml")
    puntos = next(layout.header for layout in LAYOUTS if layout.name == "puntos")
    assert recognise(puntos, "f", [greedy]).name == "puntos"
    assert recognise([*puntos, "folio"], "f", [greedy]).name == "greedy"


def test_a_header_that_misses_a_mapped_column_is_refused(layout, tmp_path):
    (tmp_path / "extract.csv").write_bytes(EXTRACT.replace("FECHA;", "DIA;", 1).encode("cp1252"))
    with pytest.raises(InputError, match="not UTF-8|unknown header"):
        read_incidents(tmp_path / "extract.csv", DELITOS, "raw", [layout])


def test_two_maps_that_fit_one_file_are_refused(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(MAP, encoding="utf-8")
    maps = read_column_maps([tmp_path / "one.yaml", tmp_path / "two.yaml"])
    with pytest.raises(InputError, match=r"fits the column maps \['one', 'two'\]"):
        recognise(list(maps[0].header), "f", maps)
    with pytest.raises(InputError, match=r"\['one'\] twice"):
        read_column_maps([tmp_path / "one.yaml", tmp_path / "one.yaml"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("counting_rule: victims", "counting_rule: people", "key counting_rule: 'people'"),
        ("  occurred_on: FECHA\n", "", "'occurred_on' is a required property"),
        ("  alcaldia: ALCALDÍA", "  borough: ALCALDÍA", "'borough' was unexpected"),
        ("latitude: Y", "latitude: X", r"column 'X' is used for \['longitude', 'latitude'\]"),
        ("%d.%m.%Y", "%d.%m", "'%d.%m' does not give a day"),
        ("%d.%m.%Y", "%d.%m.%Y %H:%M", "does not give a day"),
        ("cp1252", "cp99999", "unknown encoding 'cp99999'"),
        ("cp1252", "utf-16", "or one that is not based on ASCII"),
        ("cp1252", "base64", "unknown encoding 'base64'"),
        ('";"', '";;"', "';;' is not one of"),
        ('";"', "'\"'", "is not one of"),
        ("EPSG:32614", "EPSG:1", "unknown coordinate reference 'EPSG:1'"),
    ],
)
def test_a_mistake_in_a_map_is_named_with_its_key(tmp_path, old, new, message):
    (tmp_path / "map.yaml").write_text(MAP.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        read_column_map(tmp_path / "map.yaml")
    assert "map.yaml" in str(error.value) and "key" in str(error.value)
