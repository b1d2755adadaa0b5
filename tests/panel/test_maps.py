"""Maps that lack something: the other census, inhabitants, the frozen year itself."""

import pandas as pd
import pytest

from evaluation.panel.geography import prepare_quadrants, sector_table
from evaluation.panel.maps import prepare_maps
from evaluation.panel.shipping import sectors_of_map
from evaluation.simulate.city import SECTORS, City
from evaluation.sources.shipped_contract import Sectors
from evaluation.study.contract import check
from evaluation.study.errors import InputError

CITY = City(1)
RAW = {f"quadrants_{year}": CITY.quadrants(year) for year in (2023, 2016)}
COLUMNS = ["population_2010", "population_2020", "overlap_2016"]


def pulled(*kinds):
    return pd.DataFrame({"name": kinds, "kind": kinds, "sha256": kinds})


def maps(*kinds, year="2023", raw=RAW, columns=None, known=dict):
    return prepare_maps(pulled("incidents", *kinds), year, raw.__getitem__, columns or {}, known)


@pytest.fixture(scope="module")
def both():
    return maps("quadrants_2023", "quadrants_2016")


def never(name):
    raise AssertionError(f"asked for {name}")


def test_with_both_maps_nothing_else_is_asked(both):
    table = sectors_of_map("2023", both.frozen, both.other, never)
    pd.testing.assert_frame_equal(table, sector_table(both.frozen, both.other))
    assert table["population_2020"].sum() == CITY.populations.sum() // 4 * 4


def test_the_map_of_2016_has_its_own_census_and_shares_out_the_other(both):
    other = maps("quadrants_2023", "quadrants_2016", year="2016")
    table = check(sectors_of_map("2016", other.frozen, other.other, never), Sectors, "sectors")
    own = RAW["quadrants_2016"].groupby("sector")["population"].sum()
    assert table.set_index("sector")["population_2010"].to_dict() == own.to_dict()
    assert table["population_2020"].sum() == RAW["quadrants_2023"]["population"].sum()
    assert (table["overlap_2016"] == 1).all()
    # One quadrant belonged to the neighbour then.
    now = sectors_of_map("2023", both.frozen, both.other, never).set_index("sector")
    changed = [SECTORS[3], SECTORS[4]]
    before = table.set_index("sector")
    assert (now.loc[changed, "cuadrantes"] != before.loc[changed, "cuadrantes"]).all()


def test_without_the_map_of_2016_its_figures_come_from_those_that_ship(both):
    whole = sectors_of_map("2023", both.frozen, both.other, never)
    alone = sectors_of_map("2023", both.frozen, None, lambda name: whole)
    pd.testing.assert_frame_equal(alone, whole)
    with pytest.raises(InputError, match=rf"no figures of 2010 for sectors \['{SECTORS[0]}'\]"):
        fewer = whole[whole["sector"] != SECTORS[0]]
        sectors_of_map("2023", both.frozen, None, lambda name: fewer)
    with pytest.raises(InputError, match="only the map of 2016 is at hand"):
        sectors_of_map("2016", both.frozen, None, never)


def test_columns_are_renamed_and_inhabitants_found():
    theirs = RAW["quadrants_2023"].rename(columns={"cuadrante": "nomenclatu"})
    raw = {"quadrants_2023": theirs.drop(columns="population")}
    names = {"cuadrante": "nomenclatu"}
    census = RAW["quadrants_2023"].set_index("cuadrante")["population"]
    found = maps("quadrants_2023", raw=raw, columns=names, known=census.to_dict)
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.frozen), pd.DataFrame(prepare_quadrants(RAW["quadrants_2023"], "map"))
    )
    assert found.other is None
    first = census.index.min()
    with pytest.raises(InputError, match=rf"no census figure for quadrants \['{first}'\]"):
        maps("quadrants_2023", raw=raw, columns=names, known=census.drop(first).to_dict)
    with pytest.raises(InputError, match=r"missing columns \['cuadrante', 'population'\]"):
        maps("quadrants_2023", raw=raw)


def test_the_frozen_map_must_be_there():
    with pytest.raises(InputError, match="key source.quadrants_2016: the map of 2016 was not"):
        maps("quadrants_2023", year="2016")


def test_the_file_says_what_a_point_may_be_near(both):
    assert sorted(both.frozen["sector"].unique()) == sorted(SECTORS)
    assert set(COLUMNS) < set(sectors_of_map("2023", both.frozen, both.other, never))
