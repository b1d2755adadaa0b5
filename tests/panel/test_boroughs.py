"""Boroughs of files take the map's names; points that lie elsewhere are refused."""

import pandas as pd
import pytest

from evaluation.panel.boroughs import in_words_of_map, match_boroughs, refuse_misplaced
from evaluation.study.errors import InputError

MAP = ["GUSTAVO A MADERO", "MAGDALENA CONTRERAS", "CUAJIMALPA", "MILPA ALTA", "ALVARO OBREGON"]


def quadrants():
    return pd.DataFrame({"cuadrante": [f"Q{place}" for place in range(5)], "alcaldia": MAP})


def test_the_files_words_become_the_maps():
    found = match_boroughs(
        ["GUSTAVO A. MADERO", "LA MAGDALENA CONTRERAS", "CUAJIMALPA DE MORELOS", "MILPA ALTA"], MAP
    )
    assert found == {
        "GUSTAVO A. MADERO": "GUSTAVO A MADERO",
        "LA MAGDALENA CONTRERAS": "MAGDALENA CONTRERAS",
        "CUAJIMALPA DE MORELOS": "CUAJIMALPA",
        "MILPA ALTA": "MILPA ALTA",
    }


def test_what_may_be_two_boroughs_or_none_is_left_as_it_is():
    assert match_boroughs(["CDMX (indeterminada)", "", "ALTA"], ["MILPA ALTA", "LOMA ALTA"]) == {}
    named = pd.Series(["CUAJIMALPA DE MORELOS", "TOLUCA", ""])
    assert in_words_of_map(named, quadrants()).tolist() == ["CUAJIMALPA", "TOLUCA", ""]


def test_points_that_lie_in_other_boroughs_than_named_are_refused():
    located = pd.DataFrame(
        {"source": "raw", "alcaldia": [MAP[place % 5] for place in range(600)]}
    ).assign(cuadrante=[f"Q{place % 5}" for place in range(600)])
    refuse_misplaced(located, quadrants())
    sorted_alone = located.assign(cuadrante=sorted(located["cuadrante"]))
    with pytest.raises(InputError, match="file raw, .*480 of 600 points lie in another borough"):
        refuse_misplaced(sorted_alone, quadrants())
