"""Official files with one thing wrong: refused with the file's name, or read to the physical line.

Whatever is accepted has as many rows as it has lines, counted here by another parser, and only the
rows that were touched are others than before. `HARMLESS` says why each accepted kind does no harm.
"""

import csv
import io
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from evaluation.simulate.incidents import Scenario, simulate
from evaluation.simulate.official_files import LAYOUT_NAMES
from evaluation.sources.layouts import Delitos, read_incidents
from evaluation.study.errors import InputError
from evaluation.study.study import load_outcomes
from tests.conftest import ROOT

SMALL = Scenario(160, first="2019-01", last="2019-06", oddities=False)
CSV_LAYOUTS = [name for name in LAYOUT_NAMES if "workbook" not in name and "libro" not in name]
BYTES = b'",\n\r\0\xc1\xff;\t 09aZ'
VALUES = (
    *("", " ", "nan", "NA", "0", "-1", "1e9", "19,37", "19.37", "-99.2", "٣", "=1+1", "x" * 400),
    *('"', '""', "a\nb", "2016-13-01", "31/12/2019", "01/02/19", "2029-01-01", "1900-01-01"),
)
# Kind: why an accepted file with it does no harm; touched rows are counted below.
HARMLESS = {
    "byte put": "one field of one row, which is read as it stands or counted as odd",
    "byte lost": "one field of one row; a line end that is lost makes a row too long, refused",
    "byte other": "one field of one row",
    "field": "one field of one row: believed, repaired and counted, or left out with its reason",
    "line twice": "one row more: files have no identifier, and single rows do come twice",
    "line lost": "one row fewer: nothing in a file says that it was there",
    "lines swapped": "the order of rows means nothing",
    "blank line": "counted as blank",
    "end cut": "a file that ends with a whole line: the vintage's checksum and rows tell",
}


@pytest.fixture(scope="module")
def delitos():
    return Delitos(load_outcomes(ROOT / "config" / "outcomes.yaml"), "raw")


@pytest.fixture(scope="module", params=CSV_LAYOUTS)
def whole(request, tmp_path_factory, delitos):
    """A small file, its lines, and what is read from it."""
    path = tmp_path_factory.mktemp("whole") / "whole.csv"
    simulate(replace(SMALL, seed=5), request.param, path)
    content = path.read_bytes()
    return request.param, content, content.splitlines(keepends=True), read(path, delitos)


def read(path, delitos):
    """Rows, and the multiset of what was read of those that count."""
    reading = read_incidents(path, delitos, "raw")
    assert reading.rows == len(reading.incidents) + int(reading.others["rows"].sum())
    frame = reading.incidents.drop(columns=["source", "source_row"]).astype(str)
    return reading.rows, Counter(map(tuple, frame.to_numpy().tolist()))


def mutated(content, lines, generator):
    """A kind, the changed bytes, and how many rows were touched."""
    kind = generator.choice([*HARMLESS, "block twice", "lines joined"])
    place = int(generator.integers(len(content)))
    row = int(generator.integers(1, len(lines) - 12))
    letter = BYTES[int(generator.integers(len(BYTES))) :][:1]
    if kind == "byte put":
        return kind, content[:place] + letter + content[place:], 2
    if kind == "byte lost":
        return kind, content[:place] + content[place + 1 :], 2
    if kind == "byte other":
        return kind, content[:place] + letter + content[place + 1 :], 2
    if kind == "end cut":
        return kind, content[:place], len(lines)
    if kind == "field":
        fields = next(csv.reader([lines[row].decode()]))
        column = int(generator.integers(len(fields)))
        fields[column] = VALUES[int(generator.integers(len(VALUES)))]
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerow(fields)
        return kind, b"".join([*lines[:row], text.getvalue().encode(), *lines[row + 1 :]]), 1
    put = {
        "line twice": ([lines[row], lines[row]], 1, 1),
        "line lost": ([], 1, 1),
        "lines swapped": ([lines[row + 1], lines[row]], 2, 0),
        "blank line": ([b"\n", lines[row]], 1, 0),
        "block twice": (lines[row : row + 10] * 2, 10, 10),
        "lines joined": ([lines[row].rstrip(b"\r\n") + lines[row + 1]], 2, 2),
    }
    new, old, touched = put[kind]
    return kind, b"".join([*lines[:row], *new, *lines[row + old :]]), touched


def rows_of(content):
    """Rows by another parser: records that are not blank, less the header.

    A byte that is no UTF-8 stops the reading only in a column that is read.
    """
    text = io.StringIO(content.decode("utf-8-sig", "replace"), newline="")
    return sum(1 for record in csv.reader(text) if any(record) or len(record) > 1) - 1


def test_one_thing_wrong_is_refused_or_read_to_the_line(whole, delitos, tmp_path):
    layout, content, lines, (_, before) = whole
    generator = np.random.default_rng(sum(map(ord, layout)))
    path, found = tmp_path / "spoilt.csv", Counter()
    wanted = 1200 // len(CSV_LAYOUTS) + 1
    for _ in range(wanted):
        kind, spoilt, touched = mutated(content, lines, generator)
        path.write_bytes(spoilt)
        try:
            rows, after = read(path, delitos)
        except InputError as error:
            assert "spoilt.csv" in str(error), kind
            found[kind, "refused"] += 1
            continue
        found[kind, "accepted"] += 1
        assert kind in HARMLESS, spoilt
        assert rows == rows_of(spoilt), (kind, layout)
        other = sum(((before - after) + (after - before)).values())
        assert other <= 2 * touched, (kind, layout, other)
    assert sum(found.values()) == wanted
    refused = sum(count for (_, answer), count in found.items() if answer == "refused")
    assert 0.2 < refused / wanted < 0.9
    for kind in ("block twice", "lines joined"):
        assert found[kind, "refused"] and not found[kind, "accepted"]
