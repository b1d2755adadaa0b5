"""Coordinates from text: degrees that lie in Mexico, or null and counted by reason."""

from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evaluation.sources.official import WGS84, Layout
from evaluation.sources.text import MISSING
from evaluation.study.errors import InputError

UNREADABLE = 0.01  # a larger share of unreadable values means that the format has changed
MEXICO = ((-119.0, -86.0), (14.0, 33.0))  # longitudes and latitudes
# By chance no file of this many incidents lacks every place: the worst offence of the official
# files lacks half of them.
SOME = 50
_PLAIN = r"^-?[0-9]{1,9}(\.[0-9]{1,15})?$"
_DECIMAL = r"^[+-]?[0-9]+\.?[0-9]*([eE][+-]?[0-9]{1,2})?$"


def read_coordinates(
    texts: pa.Table, layout: Layout, where: str
) -> tuple[pd.Series, pd.Series, Counter]:
    """Longitude and latitude in WGS 84 degrees; rows by (column, oddity).

    Zero stands for a coordinate that was never measured. Swapped ones are put right; a number that
    is unreadable becomes null; one outside Mexico stays, outside every sector. All are counted.
    Raises `InputError` where more than 1% are unreadable or outside Mexico, or where 50 rows or
    more have no place at all.
    """
    odd: Counter = Counter()
    names = (layout.longitude, layout.latitude)
    x, y = (_numbers(texts, column, where, odd) for column in names)
    for column, numbers in zip(names, (x, y), strict=True):
        odd[column, "zero for none"] += int((numbers == 0).sum())
    x, y = x.mask(x == 0), y.mask(y == 0)
    if layout.coordinate_reference != WGS84:
        x, y = _to_degrees(x, y, layout.coordinate_reference)
    else:
        swapped = x.between(*MEXICO[1]) & y.between(*MEXICO[0])
        odd[layout.longitude, "swapped with latitude"] += int(swapped.sum())
        x, y = x.mask(swapped, y), y.mask(swapped, x)
    refuse_none(x.notna() & y.notna(), " and ".join(names), "a place", where)
    for column, numbers, (low, high) in zip(names, (x, y), MEXICO, strict=True):
        far = numbers.notna() & ~numbers.between(low, high)
        odd[column, "outside Mexico"] += int(far.sum())
        expected = f"degrees from {low:g} to {high:g}"
        if layout.coordinate_reference != WGS84:
            expected += f" once {layout.coordinate_reference} is converted"
        refuse_many(texts, column, far, expected, where)
    return x, y, odd


def refuse_many(texts: pa.Table, column: str, wrong: pd.Series, expected: str, where: str) -> None:
    """Raise `InputError` with the first of the `wrong` rows where they are more than 1%."""
    rows = np.flatnonzero(wrong.to_numpy())
    if len(rows) > UNREADABLE * len(texts):
        first = texts.select([column, "source_row"]).slice(int(rows[0]), 1).to_pylist()[0]
        raise InputError(
            f"{where}, row {first['source_row']}, column {column}",
            f"found {first[column]!r}, and {len(rows)} of {len(texts)} rows like it",
            expected,
            "The layout has changed: describe the new one in a column map, or correct the column.",
        )


def refuse_none(known: pd.Series, columns: str, what: str, where: str) -> None:
    """Raise `InputError` where none of 50 rows or more has what every count needs."""
    if len(known) >= SOME and not known.any():
        raise InputError(
            f"{where}, column {columns}",
            f"none of {len(known)} incidents has {what}",
            f"{what} in most rows; without it every sector would count 0",
            "Fetch a release that has it, or name the right column in a column map.",
        )


def unreadable(texts: pa.Table, column: str, null: pd.Series) -> pd.Series:
    """The null rows that do not say that they are empty."""
    words = pc.utf8_upper(pc.utf8_trim_whitespace(texts.column(column)))
    silent = pc.is_in(words, value_set=pa.array(MISSING, words.type)).to_numpy()
    return null & ~pd.Series(silent, null.index)


def _numbers(texts: pa.Table, column: str, where: str, odd: Counter) -> pd.Series:
    text = pc.utf8_trim_whitespace(texts.column(column))
    # Arrow's parser is ten times faster than pandas', but takes no text that is no number.
    plain = pc.match_substring_regex(text, _PLAIN)
    parsed = pc.cast(pc.if_else(plain, text, None), pa.float64())
    numbers = pd.Series(parsed.to_numpy(), dtype="float64")
    rest = np.flatnonzero(~plain.to_numpy())
    others = text.take(pa.array(rest))
    # No `inf`, underscores or digits of other scripts, which a parser may take for numbers.
    decimal = pc.if_else(pc.match_substring_regex(others, _DECIMAL), others, None).to_pandas()
    numbers.iloc[rest] = pd.to_numeric(decimal, errors="coerce").to_numpy(dtype="float64")
    wrong = unreadable(texts, column, numbers.isna())
    odd[column, "unreadable number"] += int(wrong.sum())
    odd[column, "a word for none"] += int((numbers.isna() & ~wrong).sum()) - int(
        pc.sum(pc.equal(text, "")).as_py() or 0
    )
    refuse_many(texts, column, wrong, "numbers with a decimal point", where)
    return numbers


def _to_degrees(x: pd.Series, y: pd.Series, reference: str) -> tuple[pd.Series, pd.Series]:
    from pyproj import Transformer

    given = x.notna() & y.notna()
    transform = Transformer.from_crs(reference, WGS84, always_xy=True).transform
    longitude, latitude = x.where(given), y.where(given)
    longitude[given], latitude[given] = transform(x[given].to_numpy(), y[given].to_numpy())
    return longitude, latitude
