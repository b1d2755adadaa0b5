"""The simulator gives what it says: rates, effects, delays, revisions, and the same bytes."""

import subprocess
import sys
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from evaluation.simulate.city import REDRAWN
from evaluation.simulate.incidents import (
    FIREARM,
    OFFENCES,
    RECLASSIFIED,
    SECTORS,
    Effect,
    Scenario,
    draw,
    expected_counts,
    main,
    simulate,
    simulate_city,
)
from evaluation.simulate.official_files import LAYOUT_NAMES
from evaluation.study.errors import InputError

SMALL = Scenario(3000, first="2019-01", last="2019-06")
PLAIN = replace(SMALL, oddities=False, displacement_m=0.0)


def test_the_rows_are_as_many_as_asked_and_vary_about_their_expectation():
    scenario = replace(PLAIN, rows=40_000)
    drawn = sum(np.bincount(batch.sector, minlength=len(SECTORS)) for batch in draw(scenario))
    expected = expected_counts(scenario)
    assert drawn.sum() == scenario.rows
    assert expected["expected"].sum() == pytest.approx(scenario.rows)
    mean = expected.groupby("sector")["expected"].sum().reindex(SECTORS).to_numpy()
    chi_squared = ((drawn - mean) ** 2 / mean).sum()
    assert 40 < chi_squared < 115  # 71 degrees of freedom: 0.1% lie outside


def test_treatment_lowers_the_rate_of_its_offences_in_its_sector_only():
    effect = Effect("PLATEROS", "2019-04", FIREARM, 0.5)
    with_it, without = (
        expected_counts(replace(PLAIN, effects=effects)).set_index(["sector", "month", "delito"])
        for effects in ((effect,), ())
    )
    ratio = (with_it / without)["expected"]
    base = ratio["OASIS", "2019-01", "FRAUDE"]  # the total is fixed: all others rise a little
    index = ratio.index
    treated = (
        (index.get_level_values("sector") == "PLATEROS")
        & (index.get_level_values("month") >= "2019-04")
        & index.get_level_values("delito").isin(FIREARM)
    )
    assert np.allclose(ratio[treated], 0.5 * base) and np.allclose(ratio[~treated], base)
    assert treated.sum() == 6 and base == pytest.approx(1, abs=1e-3)


def test_later_vintages_hold_the_same_carpetas_completed_and_reclassified():
    scenario = replace(PLAIN, rows=30_000)
    first, later = (list(draw(replace(scenario, vintage=number))) for number in (0, 3))
    silent = revised = 0
    for before, after in zip(first, later, strict=True):
        assert (before.occurred == after.occurred).all() and (before.opened == after.opened).all()
        assert (after.placed | ~before.placed).all()
        changed = before.offence != after.offence
        assert {OFFENCES[offence].delito for offence in after.offence[changed]} <= {RECLASSIFIED}
        silent += (after.placed & ~before.placed).sum()
        revised += changed.sum()
    assert silent > 200 and 600 < revised < 1100


def test_a_cut_leaves_out_what_was_opened_after_it():
    cut = replace(PLAIN, cut="2019-06-30")
    whole = pd.concat(pd.Series(batch.opened) for batch in draw(PLAIN))
    kept = pd.concat(pd.Series(batch.opened) for batch in draw(cut))
    assert kept.tolist() == whole[whole <= "2019-06-30"].tolist()
    assert 0.8 < len(kept) / len(whole) < 0.99


def test_shootings_lack_a_place_as_often_as_they_should():
    scenario = Scenario(60_000, first="2019-01", last="2019-12", oddities=False)
    batches = list(draw(scenario))
    offence = np.concatenate([batch.offence for batch in batches])
    placed = np.concatenate([batch.placed for batch in batches])
    names = [entry.delito for entry in OFFENCES]
    shot = offence == names.index("LESIONES INTENCIONALES POR ARMA DE FUEGO")
    assert (~placed[shot]).mean() == pytest.approx(0.54, abs=0.08)
    assert (~placed[~shot]).mean() == pytest.approx(0.045, abs=0.01)


@pytest.mark.parametrize(
    ("layout", "ending"),
    [(LAYOUT_NAMES[0], ending) for ending in (".csv.gz", ".zip", ".xlsx", ".parquet")]
    + [(layout, ".csv") for layout in LAYOUT_NAMES],
)
def test_the_same_seed_gives_the_same_bytes_another_seed_others(layout, ending, tmp_path):
    scenario = replace(SMALL, rows=500)
    names = [tmp_path / folder / f"file{ending}" for folder in "abc"]
    for path, seed in zip(names, (1, 1, 2), strict=True):
        simulate(replace(scenario, seed=seed), layout, path)
    first, second, third = (path.read_bytes() for path in names)
    assert first == second != third
    assert [path.name for path in names[0].parent.iterdir()] == [f"file{ending}"]


def test_a_city_has_all_that_the_chain_reads_and_the_same_bytes_again(tmp_path):
    truth = simulate_city(SMALL, tmp_path / "one")
    simulate_city(SMALL, tmp_path / "two")
    found = sorted(path.relative_to(tmp_path / "one") for path in tmp_path.glob("one/*/*"))
    assert [str(path) for path in found] == [
        "fgj/carpetas.csv.gz",
        "fgj/victimas.csv.gz",
        "reference/sesnsp_cdmx_victims_month.csv",
        "sectors/cuadrantes_2016.gpkg",
        "sectors/cuadrantes_2023.gpkg",
    ]
    for path in found:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()
    totals = pd.read_csv(tmp_path / "one" / found[2])
    shot = truth["victimas"].query("delito in @FIREARM[1:]")[["placed", "without_place"]]
    assert totals["Lesiones dolosas | Con arma de fuego"].sum() == shot.to_numpy().sum()


def test_the_maps_are_those_of_a_city_redrawn_once(tmp_path):
    simulate_city(replace(SMALL, rows=100), tmp_path)
    old, new = (
        gpd.read_file(tmp_path / "sectors" / f"cuadrantes_{year}.gpkg") for year in (2016, 2023)
    )
    assert len(old) == len(new) == 864 and new["sector"].nunique() == 72
    assert {"PLATEROS", "SANTA FE", "CUAUTEPEC", "OASIS", "QUETZAL"} <= set(new["sector"])
    moved = old["sector"] != new["sector"]
    assert moved.sum() == 1 and set(new.loc[moved, "sector"]) == {SECTORS[REDRAWN[0]]}
    assert new.crs.to_epsg() == 4326 and new.union_all().area == pytest.approx(72 * 0.045**2)


@pytest.mark.parametrize("change", [{"rows": 0}, {"first": "2019-13"}, {"last": "2018-12"}])
def test_a_scenario_without_rows_or_months_is_refused(change):
    with pytest.raises(InputError, match="months YYYY-MM in order"):
        replace(SMALL, **change)


def test_what_cannot_be_written_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="unknown ending"):
        simulate(SMALL, "carpetas acumulado", tmp_path / "file.docx")
    with pytest.raises(InputError, match="layout 'puntos'"):
        simulate(SMALL, "puntos", tmp_path / "file.csv")
    assert not list(tmp_path.iterdir())


def test_the_command_writes_a_file(tmp_path):
    main(["--rows", "200", "--layout", "victimas acumulado", str(tmp_path / "file.csv")])
    lines = (tmp_path / "file.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("anio_inicio,") and len(lines) > 200


@pytest.mark.slow
def test_a_million_rows_fit_in_half_a_gigabyte(tmp_path):
    code = (
        "from pathlib import Path; from evaluation.simulate.incidents import *; "
        f"simulate(Scenario(1_000_000), 'carpetas acumulado', {str(tmp_path / 'file.csv')!r}); "
        # ru_maxrss would count what the parent held when it forked
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert int(run.stdout) < 500_000  # kilobytes
