"""Analyses on what is beside a panel: balance, neighbours, starts; and what is absent."""

import re
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses import analyses, lacking, possible
from evaluation.analyses.balance.compute import balance
from evaluation.analyses.balance.table import balance as balance_table
from evaluation.analyses.donor_rules.compute import donor_rules
from evaluation.analyses.joint_sizes.contract import JointSizes
from evaluation.analyses.report import _limits
from evaluation.analyses.spillover.compute import spillover
from evaluation.analyses.spillover.facts import numbers as spillover_numbers
from evaluation.analyses.spillover.facts import reading
from evaluation.analyses.spillover.table import spillover as spillover_table
from evaluation.analyses.staggered.compute import baseline_frequency, staggered
from evaluation.analyses.staggered.table import shown_rows
from evaluation.analyses.staggered.table import staggered as staggered_table
from evaluation.inference.contract import Weights
from evaluation.page.language import Language
from evaluation.sources.place import given_figures
from evaluation.study.config import read_yaml
from evaluation.study.contract import as_contract
from evaluation.study.features import FEATURES
from tests.sources.given_panel import CONFIG, opened, rows, write_panel
from tests.sources.test_place_tables import REGION, WITHOUT_START, place

MANY = tuple(f"unit {number:02d}" for number in range(24))


def test_balance_has_the_rows_of_the_columns_that_are_given(tmp_path):
    people = "unit,population\n" + "".join(
        f"{row.split(',')[0]},{1000 + 50 * place}\n"
        for place, row in enumerate(REGION.splitlines()[1:])
    )
    for text, figures, weighted in (
        (people, ["population"], True),
        (people.replace("population", "area_km2"), ["area"], False),
    ):
        path = place(tmp_path, units=text)
        study, _, prepared = opened(path)
        given = given_figures(read_yaml(path), str(path))
        found = balance(
            study,
            panel=prepared.panel,
            units=prepared.units,
            sectors=given.sectors,
            weights=as_contract(pd.DataFrame(), Weights),
        )
        assert found.query("measure == 'sector'")["name"].tolist() == figures
        assert found["donor_weighted"].notna().all() == weighted
        own = found.set_index(["measure", "name"]).loc[("sector", figures[0])]
        assert (own["treated"], own["donor_mean"]) == (1000, 1200)
        language = Language("en").for_periods(study.periods)
        table = balance_table(study, language, balance=found)
        labels = [column.label for column in table.columns]
        assert (language("table.balance.donor_weighted") in labels) == weighted
        assert "2020" not in " ".join(map(str, table.frame["label"]))


def line(folder, config=CONFIG, **files):
    """24 units in a row, the treated one at its end, each the neighbour of the next."""
    names = [CONFIG.split("treated: ")[1].split("\n")[0], *MANY[1:]]
    beside = "unit,neighbour\n" + "".join(
        f"{one},{other}\n" for one, other in zip(names, names[1:], strict=False)
    )
    path = place(folder, config, neighbours=beside, **files)
    write_panel(folder, rows(units=names))
    return path


def test_without_rings_the_zones_are_the_unit_and_what_touches_it(tmp_path):
    path = line(tmp_path, CONFIG + "exclude_neighbours: true\n")
    study, _, prepared = opened(path)
    given = given_figures(read_yaml(path), str(path))
    frames = {"sectors": given.sectors, "neighbours": given.neighbours, "rings": given.rings}
    frames |= {"ring_quarter": given.ring_quarter, "ring_areas": given.ring_areas}
    found = spillover(study, units=prepared.units, panel=prepared.panel, **frames)
    assert found["zone"].tolist() == ["treated", "contiguous"]
    near = found.set_index("zone").loc["contiguous"]
    own = rows(units=("x", *MANY[1:])).query("unit == 'unit 01' and period >= '2010'")
    assert near["observed"] == own["value"].sum() and 0 < near["p_value"] <= 1
    known = spillover_numbers(study, spillover=found)
    assert known["spillover_contiguous_percent"] is not None
    assert reading("spillover", known) == ["spillover_contiguous"]
    table = spillover_table(study, Language("en").for_periods(study.periods), spillover=found)
    assert not re.search(r"\brings?\b", f"{table.title} {table.note}", re.IGNORECASE)
    rules = donor_rules(
        study,
        panel=prepared.panel,
        units=prepared.units,
        sectors=given.sectors,
        neighbours=given.neighbours,
    )
    counts = rules.drop_duplicates("rule").set_index("rule")["n_donors"]
    assert (counts["own"], counts["contiguous in"], counts["radius"]) == (22, 23, 22)


@pytest.mark.parametrize("kind", ["year", "quarter", "week", "period"])
def test_several_starts_on_periods_of_any_length(tmp_path, kind):
    names = {
        "year": [str(year) for year in range(2001, 2015)],
        "quarter": [f"{2001 + n // 4}Q{n % 4 + 1}" for n in range(16)],
        "week": [f"2001-W{n:02d}" for n in range(1, 15)],
        "period": [str(n) for n in range(14)],
    }[kind]
    starts = f"treated: {{North: {names[9]}, unit 03: {names[11]}, unit 07: {names[11]}}}"
    path = place(tmp_path, WITHOUT_START.replace("treated: North", starts))
    write_panel(tmp_path, rows(periods=names, units=("North", *MANY[1:])))
    study, _, prepared = opened(path)
    longer = baseline_frequency(study)
    assert longer == ("half-year" if kind == "quarter" else kind)
    scale_up = replace(study.robustness.scale_up, draws=99)
    study = replace(study, robustness=replace(study.robustness, scale_up=scale_up))
    found = staggered(study, panel=prepared.panel, units=prepared.units)
    assert set(found.query("estimator == 'callaway_santanna'")["frequency"]) == {longer}
    overall = found.query("label == 'overall' and summary == 'simple' and timing == 'earliest'")
    assert overall["sectors"].tolist() == [3, 3, 3]
    assert np.isfinite(overall["effect"]).all()
    language = Language("en").for_periods(study.periods)
    sizes = as_contract(pd.DataFrame(), JointSizes)
    table = staggered_table(study, language, staggered=found, joint_sizes=sizes)
    assert len(table.frame) == len(shown_rows(study, found))
    label = f"Callaway–Sant'Anna, {language(f'frequency.{longer}')}"
    assert label in set(table.frame["estimator"])


@pytest.mark.parametrize("code", ["en", "es"])
def test_what_is_absent_is_named_once_and_only_where_it_is(tmp_path, code):
    study, _, _ = opened(place(tmp_path, units=REGION))
    language = Language(code)
    named = {name for name in FEATURES if f"feature.{name}" in language.texts}
    everything = replace(study, features=tuple(FEATURES))
    assert lacking(everything) == [] and set(possible(everything)) == set(analyses())
    every = set(lacking(replace(study, features=())))
    assert every == named and "regions" not in every
    assert set(lacking(study)) == every - {"counts"}
    texts = [language(f"feature.{name}") for name in lacking(study)]
    assert len(set(texts)) == len(texts)
    said = {
        lacks: _limits(defaultdict(int), {"gaps": ""}, lacks, keys) for lacks in (study, everything)
    }
    assert said[everything].count("feature.absent") == 0
    assert said[study].count("feature.absent") == 1


def keys(key, **facts):
    """A language that says the keys of its texts alone."""
    return key
