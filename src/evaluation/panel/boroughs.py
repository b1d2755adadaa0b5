"""Boroughs as the incident files and the map name them, made one; points held against them."""

from collections.abc import Iterable

import geopandas as gpd
import pandas as pd

from evaluation.study.errors import InputError

# Of the located rows of the official files at hand 0.5% name another borough than the one their
# point lies in: points are moved by some 200 m. A column that was sorted alone gives nine in ten.
CONTRADICTORY, FEW = 0.1, 50


def match_boroughs(named: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """The map's name for each borough that a file names; those of no borough of the map are absent.

    Names match without full stops, or where all words of one are in the other and in no second
    borough's: `GUSTAVO A. MADERO` is `GUSTAVO A MADERO`, `LA MAGDALENA CONTRERAS` is `MAGDALENA
    CONTRERAS`.
    """
    words = {name: _words(name) for name in sorted(set(known)) if name}
    found = {}
    for name in sorted(set(named)):
        own = _words(name)
        alike = [other for other, theirs in words.items() if theirs == own]
        alike = alike or [
            o for o, theirs in words.items() if own and (own <= theirs or theirs <= own)
        ]
        if len(alike) == 1:
            found[name] = alike[0]
    return found


def in_words_of_map(named: pd.Series, quadrants: gpd.GeoDataFrame) -> pd.Series:
    """Boroughs under the map's names; a name that the map does not have is left as it is."""
    return named.replace(match_boroughs(named.unique(), quadrants["alcaldia"].astype(str).unique()))


def refuse_misplaced(located: pd.DataFrame, quadrants: gpd.GeoDataFrame) -> None:
    """Raise `InputError` for a file whose points do not lie in the boroughs that it names.

    `located` holds `source, alcaldia, cuadrante` under the map's names; a borough that the map does
    not have is another one too.
    """
    borough = quadrants.set_index("cuadrante")["alcaldia"].astype(str)
    named = located["alcaldia"].ne("") & located["cuadrante"].ne("")
    rows = located.loc[named, ["source", "alcaldia", "cuadrante"]]
    wrong = rows["cuadrante"].map(borough).ne(rows["alcaldia"])
    table = wrong.groupby(rows["source"]).agg(["sum", "size"])
    for source, (number, total) in zip(table.index, table.to_numpy().tolist(), strict=True):
        if number > max(FEW, CONTRADICTORY * total):
            raise InputError(
                f"file {source}, coordinates and boroughs",
                f"{number:,} of {total:,} points lie in another borough than their row names",
                f"at most {CONTRADICTORY:.0%}: points are moved by some 200 m",
                "A column was moved or sorted without the others, or the map is another one: fetch "
                "the file again.",
            )


def _words(name: str) -> frozenset[str]:
    return frozenset(name.replace(".", " ").split())
