"""Layouts are recognised, oddities survived, and every row read is accounted for."""

import gzip

import pandas as pd
import pytest

from evaluation.errors import InputError
from evaluation.sources.layouts import LAYOUTS, Delitos, normalise, read_incidents, recognise
from evaluation.study import OutcomeDefinition

OFFICIAL, PUNTOS = (layout.header for layout in LAYOUTS)


def definition(name, delitos=(), sum_of=(), source="carpetas"):
    return OutcomeDefinition(name, (), "primary", tuple(delitos), tuple(sum_of), source)


DELITOS = Delitos(
    {
        "shooting": definition("shooting", ["LESIONES INTENCIONALES POR ARMA DE FUEGO"]),
        "traffic": definition("traffic", ["HOMICIDIO CULPOSO POR TRANSITO VEHICULAR*"]),
        "both": definition("both", sum_of=["shooting", "traffic"]),
    }
)
ROW = {
    "fecha_inicio": "2016-02-03",
    "fecha_hecho": "2016-02-01",
    "delito": "LESIONES INTENCIONALES POR ARMA DE FUEGO",
    "colonia_hecho": "Olivar del Conde",
    "alcaldia_hecho": "ÁLVARO  OBREGÓN",
    "latitud": "19.37",
    "longitud": "-99.2",
}


def write(path, rows, header=OFFICIAL, encoding="utf-8"):
    rows = [{**dict.fromkeys(OFFICIAL, ""), **ROW, **row} for row in rows]
    table = pd.DataFrame(rows)[list(header)]
    path.write_bytes(table.to_csv(index=False).encode(encoding))
    return path


def read(path):
    return read_incidents(path, DELITOS, "raw")


def test_both_layouts_are_recognised_in_any_column_order():
    assert [len(OFFICIAL), len(PUNTOS)] == [21, 7]
    assert recognise(list(OFFICIAL), "f").opened_on == "fecha_inicio"
    assert recognise(list(reversed(PUNTOS)), "f").opened_on is None


def test_an_unknown_header_names_missing_and_new_columns():
    header = ["fecha_de_los_hechos", *[name for name in OFFICIAL if name != "fecha_hecho"]]
    with pytest.raises(InputError) as error:
        recognise(header, "raw.csv")
    assert "missing columns ['fecha_hecho']" in str(error.value)
    assert "new columns ['fecha_de_los_hechos']" in str(error.value)
    with pytest.raises(InputError, match="'latitud'. twice"):
        recognise([*OFFICIAL, "latitud"], "raw.csv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            " Homicidio culposo  por TRÁNSITO vehicular (caída) ",
            "HOMICIDIO CULPOSO POR TRANSITO VEHICULAR (CAIDA)",
        ),
        ("DAÑO EN PROPIEDAD AJENA", "DANO EN PROPIEDAD AJENA"),
        ("nan", ""),
        ("", ""),
    ],
)
def test_normalise(text, expected):
    assert normalise(text) == expected


def test_an_offence_belongs_to_one_outcome_only():
    with pytest.raises(InputError, match="counted by a already"):
        Delitos({"a": definition("a", ["X"]), "b": definition("b", ["x"])})
    overlapping = Delitos(
        {"a": definition("a", ["HOMICIDIO*"]), "b": definition("b", ["HOMICIDIO X"])}
    )
    with pytest.raises(InputError, match=r"counted by \['a', 'b'\]"):
        overlapping.outcome_of("HOMICIDIO X")


def test_oddities_are_survived_and_every_row_is_accounted_for(tmp_path):
    rows = [
        {},
        {"fecha_hecho": "2016-02-01 00:00:00", "hora_hecho": "14:30:00:00", "mes_hecho": "August"},
        {"fecha_hecho": "1906-06-02", "anio_hecho": "1906.0"},
        {"fecha_hecho": "", "anio_hecho": "222.0"},
        {"alcaldia_hecho": "nan", "latitud": "", "longitud": ""},
        {"latitud": "0", "longitud": "0.0"},
        {"delito": "HOMICIDIO CULPOSO POR TRÁNSITO VEHICULAR  (COLISION)"},
        {"delito": "FRAUDE", "fecha_hecho": "2015-12-31"},
        {"delito": "FRAUDE", "fecha_hecho": ""},
        {"delito": "FEMINICIDIO"},
        *[{"colonia_hecho": 'A "QUOTED",\nNAME'}] * 200,
    ]
    reading = read(write(tmp_path / "raw.csv", rows))
    table = reading.incidents
    assert reading.rows == len(rows) == len(table) + reading.others["rows"].sum()
    assert reading.others.to_dict("list") == {"year": [0, 2015, 2016], "rows": [1, 1, 1]}
    assert list(table["source_row"][:8]) == [1, 2, 3, 4, 5, 6, 7, 11]
    assert table["occurred_on"].dt.strftime("%Y-%m-%d").fillna("").tolist()[:4] == [
        *("2016-02-01", "2016-02-01", "1906-06-02", "")
    ]
    assert (table["opened_on"] == pd.Timestamp("2016-02-03")).all()
    assert table["latitude"].isna().tolist()[:7] == [False] * 4 + [True] * 2 + [False]
    assert table["alcaldia"].tolist()[3:5] == ["ALVARO OBREGON", ""]
    assert table.loc[6, "outcome"] == "traffic"
    assert table["colonia"].iloc[-1] == 'A "QUOTED", NAME'


def test_gzip_and_the_short_layout(tmp_path):
    plain = write(tmp_path / "plain.csv", [{}, {"delito": "ROBO"}], PUNTOS)
    packed = tmp_path / "raw.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    table = read(packed).incidents
    assert len(table) == 1 and table["opened_on"].isna().all()
    pd.testing.assert_frame_equal(table, read(plain).incidents)


def test_bad_files_are_refused_with_what_is_wrong(tmp_path):
    good = write(tmp_path / "good.csv", [{}] * 9000)
    packed = gzip.compress(good.read_bytes())
    cases = {
        "missing.csv": (None, "no such file"),
        "empty.csv": (b"", "the file is empty"),
        "header.csv": ((",".join(OFFICIAL) + "\n").encode(), "no rows after the header"),
        "page.csv": (b"<!DOCTYPE html><html></html>", "an HTML page"),
        "page.csv.gz": (b"<!DOCTYPE html><html></html>", "cannot be read"),
        "cut.csv.gz": (packed[: len(packed) // 2], "cannot be read to its end"),
        "ragged.csv": (good.read_bytes() + b"1,2,3\n", "cannot be read to its end"),
        "latin.csv": (
            write(tmp_path / "l.csv", [{}, {"delito": "DAÑO"}], encoding="latin-1").read_bytes(),
            "cannot be read to its end",
        ),
    }
    for name, (content, message) in cases.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=message) as error:
            read(tmp_path / name)
        assert name in str(error.value)


def test_a_changed_date_or_coordinate_format_is_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"row 2, column fecha_hecho: found '01/02/2016', and 2 of 3"
    ):
        read(write(tmp_path / "raw.csv", [{}, *[{"fecha_hecho": "01/02/2016"}] * 2]))
    with pytest.raises(InputError, match="column latitud: found '19,37'"):
        read(write(tmp_path / "raw.csv", [{"latitud": "19,37"}]))
