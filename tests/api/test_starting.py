"""`python -m evaluation init`: a config that runs as it is, from tables as people have them."""

import numpy as np
import pandas as pd
import pytest

import evaluation as ev
from evaluation.api.command_line import main
from evaluation.design.prepare import to_freeze
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from tests.sources.given_panel import UNITS, YEARS, opened, rows, write_panel


def start(folder, capsys, *words) -> tuple[dict, str]:
    """The config that `init` writes, and what it says."""
    assert main(["init", str(folder), *words]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    keys = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(keys) <= 15 and all(len(line) < 400 for line in keys)
    return read_yaml(folder / "config.yaml"), said.out


def refused(folder, capsys, *words) -> str:
    """What is said where nothing is written."""
    there = sorted(folder.glob("*")) if folder.is_dir() else []
    assert main(["init", str(folder), *words]) == 1
    assert not folder.is_dir() or sorted(folder.glob("*")) == there
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("InputError: ")
    return said.err


def on(table: pd.DataFrame, units=("North",), first="2010") -> pd.Series:
    return (table["unit"].isin(units) & (table["period"] >= first)).astype(int)


def test_a_table_with_a_column_of_what_was_treated_runs_as_it_is(tmp_path, capsys):
    table = rows().assign(treated=on)
    table.rename(columns={"unit": "State", "period": "Year", "value": "Murders"}).drop(
        columns="outcome"
    ).to_csv(tmp_path / "table.csv", index=False)
    config, said = start(tmp_path, capsys)
    assert config["columns"] == {
        "unit": "State",
        "period": "Year",
        "value": "Murders",
        "exposure": "exposure",
    }
    assert (config["treated"], config["start"], config["data"]) == ("North", 2010, "table.csv")
    assert config["outcomes"] == {"murders": {"kind": "count", "label": {"en": "Murders"}}}
    assert (config["direction"], config["language"]) == ("either", "en")
    assert f"It runs: python -m evaluation run {tmp_path / 'config.yaml'}" in said
    assert "treated is 1 in North from 2010 on" in said and "8 units, 2001 to 2014, by year" in said
    study, _, _ = opened(tmp_path / "config.yaml")
    assert study.treated == "North"


def test_a_panel_in_its_own_form_needs_no_columns_and_open_questions_stay_open(tmp_path, capsys):
    write_panel(tmp_path, rows())
    config, said = start(tmp_path, capsys)
    assert "columns" not in config and (config["treated"], config["start"]) == ("?", "?")
    assert list(config["outcomes"]) == ["homicide"]
    assert "Before it runs: " in said and "key treated: it is yet to be written" in said
    path = tmp_path / "config.yaml"
    with pytest.raises(InputError, match="key treated: it is yet to be written.*North"):
        opened(path)
    text = path.read_text()
    path.write_text(text.replace('treated: "?"', "treated: North"))
    with pytest.raises(InputError, match="key start: it is yet to be written.*after 2001"):
        opened(path)
    path.write_text(path.read_text().replace('start: "?"', "start: 2010"))
    assert opened(path)[0].treatment_start == "2010-01"


def test_a_wide_spanish_table(tmp_path, capsys):
    quarters = [f"{2015 + n // 4}Q{n % 4 + 1}" for n in range(14)]
    table = rows(quarters)
    generator = np.random.default_rng(1)
    wide = pd.DataFrame(
        {
            "cve_mun": np.repeat(range(8), 14),
            "municipio": table["unit"],
            "región": np.repeat(["Sur", "Norte"], 56),
            "trimestre": table["period"],
            "homicidios dolosos": table["value"],
            "robos": generator.poisson(9, len(table)),
            "tasa_lesiones": generator.gamma(3, size=len(table)).round(2),
            "ingreso": generator.normal(size=len(table)).round(3),
            "población": 1000 + np.repeat(range(8), 14),
            "tratado": on(table, ["North", "South"], quarters[9]),
        }
    )
    (tmp_path / "datos").mkdir()
    wide.to_csv(tmp_path / "datos" / "hechos.csv", index=False)
    folder = tmp_path / "Mi municipio, 2020"
    folder.mkdir()
    config, said = start(folder, capsys, "--panel", str(tmp_path / "datos" / "hechos.csv"))
    assert config["columns"] == {
        "unit": "municipio",
        "period": "trimestre",
        "value": {
            "homicidios_dolosos": "homicidios dolosos",
            "robos": "robos",
            "tasa_lesiones": "tasa_lesiones",
            "ingreso": "ingreso",
        },
        "population": "población",
    }
    kinds = {name: entry["kind"] for name, entry in config["outcomes"].items()}
    assert list(kinds.values()) == ["count", "count", "rate", "continuous"]
    assert (config["treated"], config["start"]) == (["North", "South"], quarters[9])
    assert (config["study"], config["data"]) == ("mi_municipio_2020", "../datos/hechos.csv")
    assert config["language"] == "es" and config["title"]["es"].startswith("¿Qué cambió en North")
    assert "not read: cve_mun, región" in said and "It runs" in said


@pytest.mark.parametrize(
    ("columns", "treated", "start_at", "reason"),
    [
        ({"post": lambda t: (t["period"] >= "2010").astype(int)}, "?", 2010, "post is 1 from 2010"),
        (
            {"treat": lambda t: t["unit"].eq("North").astype(int)},
            "North",
            "?",
            "treat is 1 in North",
        ),
        (
            {
                "treat": lambda t: t["unit"].eq("North"),
                "post": lambda t: (t["period"] >= "2010").astype(float),
            },
            "North",
            2010,
            "treat is 1 in North; post is 1 from 2010 on",
        ),
        (
            {"treated": lambda t: on(t, ["South"], "2005") | on(t, ["East"], "2008")},
            "?",
            "?",
            "treated begins at 2 different periods",
        ),
        ({"treated": lambda t: 0}, "?", "?", "no column of 0 and 1 says it"),
    ],
)
def test_what_columns_of_0_and_1_say(tmp_path, capsys, columns, treated, start_at, reason):
    table = rows().drop(columns="outcome")
    write_panel(tmp_path, table.assign(**{name: make(table) for name, make in columns.items()}))
    config, said = start(tmp_path, capsys)
    assert (config["treated"], config["start"]) == (treated, start_at)
    assert f"treated: {reason}" in said


def test_names_that_yaml_would_read_otherwise_stay_text(tmp_path, capsys):
    units = ["no", "06", "a: b", "x # y", "Ñuñoa", "{z}", '"q"', "1"]
    table = rows(units=units).rename(columns={"value": "y"}).drop(columns="outcome")
    write_panel(tmp_path, table.assign(treated=on(table, units[:7])))
    config, said = start(tmp_path, capsys)
    assert sorted(map(str, config["treated"])) == sorted(units[:7])
    assert "key treated: 1 other units in the panel" in said


def test_nothing_is_written_over_and_what_cannot_be_read_is_refused(tmp_path, capsys):
    assert "no such folder" in refused(tmp_path / "none", capsys)
    assert "no CSV file. Expected one, the panel" in refused(tmp_path, capsys)
    path = write_panel(tmp_path, rows())
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    start(tmp_path, capsys)  # panel.csv is taken
    assert "there is a config already" in refused(tmp_path, capsys)
    (tmp_path / "config.yaml").unlink()
    path.rename(tmp_path / "table.csv")
    assert "['other.csv', 'table.csv']. Expected one" in refused(tmp_path, capsys)
    assert "no columns that name each row" in refused(
        tmp_path, capsys, "--panel", str(tmp_path / "other.csv")
    )
    assert "no CSV by its name" in refused(tmp_path, capsys, "--panel", str(tmp_path / "a.xlsx"))
    assert "no such file" in refused(tmp_path, capsys, "--panel", str(tmp_path / "a.csv"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("unit,period,value\n", "a header without rows"),
        ("unit;period;value\nA;2001;1\n", "separated by semicolons"),
        (
            "unit,year,month,value\n" + "A,2001,1,1\nA,2001,2,1\nA,2002,1,3\n",
            "one period (2020-01)",
        ),
        (
            "unit,period,deaths\nA,2001,1\nA,2002,x\nB,2001,2\nB,2002,3\n",
            "line 3, column deaths: f",
        ),
        ("unit,period,name\nA,2001,p\nA,2002,q\nB,2001,r\nB,2002,s\n", "no column of values"),
        (
            "unit,period,value\nA,2001,1\nA,2002,x\nB,2001,2\nB,2002,3\n",
            "line 3, column value: found",
        ),
        ("unit,period,y\nA,2001,1\nA,2002,2\nB,2001,7\n", "no row of y for 2002"),
        (
            "unit,period,y,pop\nA,1,1,5\nA,2,2,0\nB,1,7,5\nB,2,4,5\n",
            "line 3, column pop: found '0'",
        ),
    ],
)
def test_tables_that_are_none(tmp_path, capsys, content, message):
    (tmp_path / "panel.csv").write_text(content)
    assert message in refused(tmp_path, capsys)


def test_a_notebook_and_the_hashes_to_freeze_read_a_short_config_too(tmp_path, capsys):
    table = rows().drop(columns="outcome")
    write_panel(tmp_path, table.assign(treated=on(table)))
    start(tmp_path, capsys)
    path = tmp_path / "config.yaml"
    study = ev.load(path)
    assert (study.treated, len(YEARS), len(UNITS)) == ("North", 14, 8)
    assert to_freeze(str(path)) == (study.hash, opened(path)[2].vintage)
