"""Two spellings of one name are refused; two names are not."""

import pytest

from evaluation.study.errors import InputError
from evaluation.study.names import folded, nearest, refuse_alike


@pytest.mark.parametrize(
    "other",
    ["pilot sur", "PILOT  SUR", "PÍLOT SUR", "PILOT\u00a0SUR", "PILOT\u2009SUR", "ＰＩＬＯＴ SUR"],
)
def test_spellings_of_one_name_are_refused_with_both_places(other):
    with pytest.raises(InputError) as error:
        refuse_alike([("PILOT SUR", "a.csv, line 2"), ("OASIS", "x"), (other, "b.csv, line 9")])
    for part in ("b.csv, line 9", repr(other), "'PILOT SUR' in a.csv, line 2"):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("PILOT ", "begins or ends with a blank"),
        ("PIL\u200bOT", r"invisible sign U\+200B"),
        ("\ufeffPILOT", r"invisible sign U\+FEFF"),
        ("=1+1", "a spreadsheet's formula"),
        ("", "is empty"),
        ("\u00a0", "is empty"),
    ],
)
def test_odd_names_are_refused(name, message):
    with pytest.raises(InputError, match=message):
        refuse_alike([(name, "a.csv, line 2")])


def test_other_names_and_equal_ones_pass():
    refuse_alike((name, "x") for name in ["A", "B", "A", "DONOR A", "DONOR-A", "C-1.1.1"])
    assert folded("Peñón  de los Baños ") == "penon de los banos"
    assert nearest("plateros", ["OASIS", "PLATEROS"]) == "Did you mean 'PLATEROS'?"
    assert nearest("PLATERO", ["PLATEROS"]) == "Correct the name."
