"""Numbers and dates written otherwise: refused as a column, counted as single rows."""

import numpy as np
import pandas as pd
import pytest

from evaluation.sources.layouts import LAYOUTS, Delitos, read_incidents
from evaluation.study.errors import InputError
from evaluation.study.outcomes import OutcomeDefinition

HEADER = next(layout.header for layout in LAYOUTS if layout.name == "carpetas acumulado")
OFFENCE = "LESIONES INTENCIONALES POR ARMA DE FUEGO"
DELITOS = Delitos(
    {"shooting": OutcomeDefinition("shooting", (), "primary", (OFFENCE,), (), "carpetas")}
)
SIZE, MUTATIONS = 240, 300
MONTHS = (
    *("Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio"),
    *("Julio", "Agosto", "Septiembre", "Octubre", "Noviembre", "Diciembre"),
)


@pytest.fixture(scope="module")
def clean():
    """Rows of 2016, each with a place and days of its own."""
    stream = np.random.default_rng(7)
    days = pd.Timestamp("2016-01-01") + pd.to_timedelta(stream.integers(0, 360, SIZE), unit="D")
    table = pd.DataFrame("", range(SIZE), list(HEADER))
    return table.assign(
        fecha_hecho=days.strftime("%Y-%m-%d"),
        fecha_inicio=(days + pd.Timedelta(days=2)).strftime("%Y-%m-%d"),
        anio_hecho=days.year.astype(str),
        mes_hecho=[MONTHS[month - 1] for month in days.month],
        hora_hecho=[f"{n // 60:02d}:{n % 60:02d}:00" for n in range(SIZE)],
        delito=OFFENCE,
        latitud=(19.2 + stream.random(SIZE) / 5).round(6).astype(str),
        longitud=(-99.3 + stream.random(SIZE) / 5).round(6).astype(str),
    )


def read(table, folder):
    path = folder / "raw.csv"
    table.to_csv(path, index=False)
    return read_incidents(path, DELITOS, "raw")


def wide(text):
    """In full-width digits."""
    return text.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})


def thousands(text):
    whole, decimals = text.split(".")
    return f"{whole}.{decimals[:3]}.{decimals[3:] or '0'}"


def parts(text):
    return dict(zip("ymd", text.split("-"), strict=True))


DATES = {
    "month before day": lambda text: "{m}/{d}/{y}".format(**parts(text)),
    "day first": lambda text: "{d}/{m}/{y}".format(**parts(text)),
    "two digits of the year": lambda text: text[2:],
    "a year of two digits in four": lambda text: f"00{text[2:]}",
    "a digit too many": lambda text: f"2{text}",
    "other script": wide,
    "serial number": lambda text: str((pd.Timestamp(text) - pd.Timestamp("1899-12-30")).days),
    "words": lambda text: "sin dato",
}
UNREADABLE = {
    "decimal comma": lambda text: text.replace(".", ","),
    "thousands": thousands,
    "other script": wide,
    "infinite": lambda text: "inf",
    "underscore": lambda text: text.replace(".", "_"),
    "degrees": lambda text: f"{text}°",
    "words": lambda text: "sin dato",
}
FAR = {
    "no decimal point": lambda text: text.replace(".", ""),
    "ten times": lambda text: str(float(text) * 10),
    "sign": lambda text: str(-float(text)),
}
SILENT = {word: lambda text, word=word: word for word in ("NA", "nan", "NULL", "None", "")}
ZERO = {text: lambda _, text=text: text for text in ("0", "0.0", "-0.0", "0.000000")}
CASES = [
    *((column, name, change, "unreadable date") for name, change in DATES.items()
      for column in ("fecha_hecho", "fecha_inicio")),
    *((column, name, change, "unreadable number") for name, change in UNREADABLE.items()
      for column in ("latitud", "longitud")),
    *((column, name, change, "outside Mexico") for name, change in FAR.items()
      for column in ("latitud", "longitud")),
    *((column, name, change, "zero for none") for name, change in ZERO.items()
      for column in ("latitud", "longitud")),
    *((column, name, change, "a word for none") for name, change in SILENT.items()
      for column in ("latitud", "longitud", "fecha_hecho")),
]  # fmt: skip
LABELS = [f"{column}: {name}" for column, name, *_ in CASES]


@pytest.mark.parametrize(("column", "name", "change", "oddity"), CASES, ids=LABELS)
def test_one_row_is_counted_and_gives_no_number(clean, tmp_path, column, name, change, oddity):
    plain = read(clean, tmp_path)
    table = clean.copy()
    table.loc[17, column] = change(table.loc[17, column])
    reading = read(table, tmp_path)
    fields = {"fecha_hecho": "occurred_on", "fecha_inicio": "opened_on"}
    fields |= {"latitud": "latitude", "longitud": "longitude"}
    field = fields[column]
    pd.testing.assert_frame_equal(reading.incidents.drop(index=17), plain.incidents.drop(index=17))
    found = reading.incidents.loc[17, field]
    low, high = (14, 33) if column == "latitud" else (-119, -86)
    # What is far stays far, and so lies outside every sector.
    assert not low <= found <= high if oddity == "outside Mexico" else pd.isna(found)
    odd = reading.oddities.set_index(["column", "oddity"])["rows"]
    assert odd.get((column, oddity), 0) == (1 if name else 0)
    assert reading.rows == SIZE == len(reading.incidents)


@pytest.mark.parametrize(
    ("column", "name", "change", "oddity"),
    CASES,
    ids=LABELS,
)
def test_a_whole_column_is_refused(clean, tmp_path, column, name, change, oddity):
    table = clean.assign(**{column: clean[column].map(change)})
    with pytest.raises(InputError) as error:
        read(table, tmp_path)
    text = str(error.value)
    assert str(tmp_path / "raw.csv") in text and column in text and "Expected" in text
    if oddity not in ("zero for none", "a word for none"):
        assert f"row 1, column {column}: found {table.loc[0, column]!r}" in text


def test_day_and_month_that_changed_places_show_against_the_month_column(clean, tmp_path):
    table = clean.copy()
    early = table.index[table["fecha_hecho"].str[8:].astype(int).le(12)]
    early = [
        n for n in early if table.loc[n, "fecha_hecho"][5:7] != table.loc[n, "fecha_hecho"][8:]
    ]
    swap = lambda text: "{y}-{d}-{m}".format(**parts(text))  # noqa: E731
    table.loc[early[0], "fecha_hecho"] = swap(table.loc[early[0], "fecha_hecho"])
    odd = read(table, tmp_path).oddities.set_index(["column", "oddity"])["rows"]
    assert odd["mes_hecho", "not that of the date"] == 1
    # Days up to the 12th only, so that each can be read.
    table = clean.loc[early].reset_index(drop=True)
    table["fecha_hecho"] = table["fecha_hecho"].map(swap)
    with pytest.raises(
        InputError, match="row 1, column mes_hecho: found .* the one of fecha_hecho"
    ):
        read(table, tmp_path)


def test_swapped_columns_are_put_right_and_counted(clean, tmp_path):
    table = clean.assign(latitud=clean["longitud"], longitud=clean["latitud"])
    plain, reading = read(clean, tmp_path), read(table, tmp_path)
    pd.testing.assert_frame_equal(reading.incidents, plain.incidents)
    odd = reading.oddities.set_index(["column", "oddity"])["rows"]
    assert odd["longitud", "swapped with latitude"] == SIZE


def test_generated_mutations_are_refused_or_change_their_own_rows_only(clean, tmp_path):
    """Fixed seed: from one row to all of them, any kind of change."""
    stream, plain = np.random.default_rng(20), read(clean, tmp_path).incidents
    refused = 0
    for _ in range(MUTATIONS):
        column, _, change, _ = CASES[stream.integers(len(CASES))]
        rows = stream.choice(SIZE, stream.choice([1, 2, 3, 40, SIZE]), replace=False)
        table = clean.copy()
        table.loc[rows, column] = table.loc[rows, column].map(change)
        try:
            reading = read(table, tmp_path)
        except InputError:
            refused += 1
            continue
        rest = plain.index.difference(rows)
        pd.testing.assert_frame_equal(reading.incidents.loc[rest], plain.loc[rest])
        counted = reading.oddities.loc[reading.oddities["column"].eq(column), "rows"].sum()
        blank = table.loc[rows, column].eq("").sum()
        assert counted + blank == len(rows) and len(reading.incidents) == SIZE
    assert MUTATIONS / 4 < refused < MUTATIONS
