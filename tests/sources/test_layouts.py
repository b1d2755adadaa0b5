"""Layouts are recognised, oddities survived, and every row read is accounted for."""

import gzip

import pandas as pd
import pytest

from evaluation.sources.layouts import (
    LAYOUTS,
    Delitos,
    normalise,
    read_incidents,
    recognise,
    stream_incidents,
    survey_file,
)
from evaluation.sources.text import repair
from evaluation.study.errors import InputError
from evaluation.study.outcomes import OutcomeDefinition

HEADERS = {layout.name: layout.header for layout in LAYOUTS}
OFFICIAL, PUNTOS = HEADERS["carpetas acumulado"], HEADERS["puntos"]


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


def clock(second):
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def write(path, rows, header=OFFICIAL, encoding="utf-8"):
    # Each row at a second of its own: rows that are all alike are refused.
    rows = [
        {**dict.fromkeys(OFFICIAL, ""), **ROW, "hora_hecho": clock(second), **row}
        for second, row in enumerate(rows)
    ]
    table = pd.DataFrame(rows)[list(header)]
    path.write_bytes(table.to_csv(index=False).encode(encoding))
    return path


def read(path):
    return read_incidents(path, DELITOS, "raw")


def test_every_layout_is_recognised_in_any_column_order():
    sizes = {name: len(header) for name, header in HEADERS.items()}
    assert sizes == {
        "carpetas acumulado": 21,
        "carpetas completa": 19,
        "victimas acumulado": 22,
        "carpetas libro mensual": 8,
        "victimas libro mensual": 10,
        "puntos": 7,
    }
    for layout in LAYOUTS:
        found = recognise(list(reversed(layout.header)), "f")
        assert (found.name, found.counts) == (layout.name, layout.counts)
        assert layout.counts == ("victims" if "victimas" in layout.name else "carpetas")


def test_the_header_of_2013_is_refused():
    header = ["fecha_hecho", "hora_hecho", "delito", "calle", "delegacion", "sector", "x", "y"]
    with pytest.raises(InputError, match="unknown header") as error:
        recognise(header, "raw.csv")
    assert "missing columns" in str(error.value) and "'delegacion'" in str(error.value)


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
        ("DA\u00c3\u2018O EN PROPIEDAD AJENA", "DANO EN PROPIEDAD AJENA"),
        ("HOMICIDIO POR TR\u00c3\x81NSITO", "HOMICIDIO POR TRANSITO"),
        ("nan", ""),
        ("", ""),
    ],
)
def test_normalise(text, expected):
    assert normalise(text) == expected


def test_mojibake_is_undone_and_nothing_else_is_touched():
    for text in ("DAÑO", "ÁLVARO OBREGÓN", "TRÁNSITO (CAÍDA)", "peña güemes", "ASCII"):
        for encoding in ("latin-1", "cp1252"):
            spoilt = text.encode().decode(encoding, errors="replace")
            if "\ufffd" not in spoilt:
                assert repair(spoilt) == text
        once = text.encode().decode("latin-1")
        assert repair(once.encode().decode("latin-1")) == text
        assert repair(text) == text
    assert repair("DA\ufffdO") == "DA\ufffdO"


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
    odd = reading.oddities.set_index(["column", "oddity"])["rows"]
    assert odd["fecha_hecho", "time of day after the date"] == 1
    assert odd["hora_hecho", "no HH:MM:SS"] == odd["mes_hecho", "no Spanish month"] == 1
    assert odd["anio_hecho", "no whole number"] == 2
    assert odd["alcaldia_hecho", "a word for none"] == odd["latitud", "zero for none"] == 1
    assert reading.others_by_borough["rows"].sum() == reading.others["rows"].sum()
    assert reading.review[["delito", "rows", "reason"]].values.tolist() == [
        ["FEMINICIDIO", 1, "FEMINICIDIO"]
    ]
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
        "page.csv.gz": (b"\n<!DOCTYPE html><html></html>".lstrip(), "an HTML page"),
        "cut.csv.gz": (packed[: len(packed) // 2], "cannot be read to its end"),
        "ragged.csv": (good.read_bytes() + b"1,2,3\n", "cannot be read to its end"),
        "latin.csv": (
            write(tmp_path / "l.csv", [{}, {"delito": "DAÑO"}], encoding="latin-1").read_bytes(),
            "line 2: the byte 0xC1 .* is not UTF-8",
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


def test_offences_that_look_like_an_outcome_are_listed(tmp_path):
    names = {
        "FEMINICIDIO POR DISPARO DE ARMA DE FUEGO": 3,
        "LESION INTENCIONAL POR ARMA DE FUEGO": 2,
        "LESIONES INTENCIONALES POR ARMA DE FUEG0": 2,
        "LESIONES INTENCIONALES POR ARMAS DE FUEJO": 1,
        "FRAUDE": 4,
    }
    rows = [{"delito": name} for name, number in names.items() for _ in range(number)]
    review = read(write(tmp_path / "raw.csv", [{}, *rows])).review
    assert dict(zip(review["delito"], review["rows"], strict=True)) == {
        name: number for name, number in names.items() if name != "FRAUDE"
    }
    nearest = review.set_index("delito")
    assert nearest.loc["LESIONES INTENCIONALES POR ARMAS DE FUEJO", "reason"] == "similar name"
    assert nearest.loc["LESIONES INTENCIONALES POR ARMA DE FUEG0", "outcome"] == "shooting"


def test_with_and_without_violence_are_no_slip_of_the_other():
    delitos = Delitos({"theft": definition("theft", ["ROBO DE VEHICULO SIN VIOLENCIA"])})
    assert delitos.review({"ROBO DE VEHICULO CON VIOLENCIA": 5}).empty
    assert len(delitos.review({"ROBO DE VEHICULOS SIN VIOLENCIA": 5})) == 1


def test_swapped_coordinates_are_put_right_and_counted(tmp_path):
    rows = [{}, {"longitud": "19.37", "latitud": "-99.2"}, {"longitud": "-99.2 "}]
    reading = read(write(tmp_path / "raw.csv", rows))
    assert (reading.incidents["longitude"] == -99.2).all()
    assert (reading.incidents["latitude"] == 19.37).all()
    odd = reading.oddities.set_index(["column", "oddity"])["rows"]
    assert odd["longitud", "swapped with latitude"] == 1


def test_a_stream_gives_the_same_incidents_as_a_reading(tmp_path):
    rows = [{"delito": name} for name in ("FRAUDE", ROW["delito"])] * 40_000
    path = write(tmp_path / "raw.csv", rows)
    blocks = list(stream_incidents(path, DELITOS, "raw"))
    assert len(blocks) > 1
    joined = pd.concat(blocks, ignore_index=True)
    pd.testing.assert_frame_equal(joined, read(path).incidents)


def test_progress_ends_with_the_file(tmp_path):
    path, seen = write(tmp_path / "raw.csv", [{}] * 30_000), []
    read_incidents(path, DELITOS, "raw", progress=lambda done, total: seen.append((done, total)))
    size = path.stat().st_size
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (size, size) and {total for _, total in seen} == {size}


def test_a_survey_tells_layout_rows_and_months(tmp_path):
    rows = [{}, {"fecha_inicio": "2017-11-30"}, {"fecha_inicio": "", "delito": "FRAUDE"}]
    survey = survey_file(write(tmp_path / "raw.csv", rows))
    assert (survey.layout, survey.counts, survey.rows) == ("carpetas acumulado", "carpetas", 3)
    assert (survey.first_month, survey.last_month) == ("2016-02", "2017-11")
