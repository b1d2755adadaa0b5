"""A study of another place from a short config: what is filled in, and what is refused in words."""

import re
from pathlib import Path

import numpy as np
import pytest

from evaluation.sources.place import SHORT, filled_in, is_place, place_tables
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.files import csv_bytes
from tests.conftest import ROOT
from tests.sources.given_panel import CONFIG, edited, opened, rows, write_panel, write_place
from tests.workflow.mutations import Mutation, config_mutations, table_mutations

SEED = 20160101


def test_what_a_short_config_leaves_out_follows_from_the_panel(tmp_path):
    study, config, prepared = opened(write_place(tmp_path))
    assert (study.treated, study.treatment_start, study.frequency) == ("North", "2010-01", "year")
    assert (study.pre_period.first, study.pre_period.last) == ("2001-01", "2009-12")
    assert study.post_windows == (("post", "2014-12"),)
    assert config["languages"] == ["en"] and config["source"]["from"] == "panel"
    assert set(prepared.states["state"]) >= {"treated"}
    assert not is_place(config) and is_place(read_yaml(tmp_path / "config.yaml"))


def test_the_panel_is_beside_the_config_wherever_one_is(tmp_path, monkeypatch):
    folder = tmp_path / "place"
    folder.mkdir()
    write_place(folder)
    monkeypatch.chdir(tmp_path)
    write_panel(tmp_path, rows(seed=8))  # another one, which must not stand in for it
    found = filled_in(read_yaml("place/config.yaml"), "place/config.yaml")
    assert found["source"]["panel"] == str(Path("place") / "panel.csv")


def tables(folder, config=CONFIG) -> dict[str, bytes]:
    path = folder / "config.yaml"
    path.write_text(config, encoding="utf-8")
    return {name: csv_bytes(t) for name, t in place_tables(read_yaml(path), str(path)).items()}


@pytest.mark.parametrize("treated", ["North", "[North, South, East]"])
def test_the_order_of_rows_and_columns_and_how_a_file_is_written_move_no_byte(tmp_path, treated):
    config = CONFIG.replace("treated: North", f"treated: {treated}")
    table = rows()
    table["exposure"] = table["exposure"] / 3  # sums of three depend on their order
    path = write_panel(tmp_path, table)
    before = tables(tmp_path, config)
    assert set(before) >= {"sector_month", "coverage", "sectors", "periods"}
    text = path.read_bytes()
    turned = table.sample(frac=1, random_state=3)[list(table)[::-1]]
    write_panel(tmp_path, turned)
    assert tables(tmp_path, config) == before
    for content in (
        b"\xef\xbb\xbf" + text,
        text.replace(b"\n", b"\r\n"),
        re.sub(rb"\b(North|South|East)\b", rb'"\1"', text),
        re.sub(rb",homicide,([0-9]+),", rb",homicide,\1.0,", text),
    ):
        assert content != text
        path.write_bytes(content)
        assert tables(tmp_path, config) == before


def test_units_treated_together_are_summed(tmp_path):
    write_panel(tmp_path, rows())
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.replace("treated: North", "treated: [North, South]"))
    found = place_tables(read_yaml(path), str(path))["sector_month"]
    table = (
        rows().query("unit in ['North', 'South']").groupby("period")[["value", "exposure"]].sum()
    )
    both = found.query("sector == 'North + South'")
    assert both["count"].tolist() == table["value"].tolist()
    assert both["exposure"].tolist() == pytest.approx(table["exposure"])
    assert len(found) == 7 * 14


def test_a_table_with_names_of_its_own_gives_the_same_tables(tmp_path):
    write_panel(tmp_path, rows())
    before = tables(tmp_path)
    table = rows().rename(columns={"unit": "state", "period": "year", "value": "murders"})
    write_panel(tmp_path, table.drop(columns="outcome").assign(note="x"))
    columns = "columns: {unit: state, period: year, value: murders, exposure: exposure}\n"
    assert tables(tmp_path, CONFIG + columns) == before
    wide = "columns: {unit: state, period: year, value: {homicide: murders}, exposure: exposure}\n"
    assert tables(tmp_path, CONFIG + wide) == before


def test_names_of_units_and_periods_may_be_whole_numbers(tmp_path):
    table = rows(periods=[str(n) for n in range(14)], units=[str(n) for n in range(1, 9)])
    write_panel(tmp_path, table)
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.replace("North", "1").replace("2010", "9"))
    study, _, _ = opened(path)
    assert (study.treated, study.periods.name(study.treatment_start)) == ("1", "9")


OUTCOMES = "outcomes: {homicide: {kind: count, label: {en: Homicides}}}"
LAST = "language: en"
CASES = [
    ("treated: North", "", "config.yaml: no key treated. Expected study, title"),
    ("treated: North", "treated:", "line 4, key treated: nothing under treated"),
    ("treated: North", "treated: []", "line 4, key treated: nothing under treated"),
    (
        "treated: North",
        "treated: 5",
        r"line 4, key treated: unknown unit '5'. Expected one of the 8",
    ),
    ("treated: North", "treated: 5.5", "line 4, key treated: 5.5 is not of type"),
    ("treated: North", "treated: true", "line 4, key treated: True is not of type"),
    ("treated: North", "treated: {North: 2010}", "key start: a start, and starts in treated"),
    ("treated: North", "treated: [North, North]", "line 4, key treated: .*non-unique"),
    ("treated: North", "treated: [North, 5.5]", "line 4, key treated.1: 5.5 is not of type"),
    ("treated: North", "treated: north", "line 4, key treated: .*Did you mean 'North'?"),
    (
        "treated: North",
        'treated: "?"',
        "line 4, key treated: it is yet to be written. .*Coast, East",
    ),
    (
        "treated: North",
        "treated: [North, South, East, West]",
        "line 4, key treated: 4 other units in the panel. Expected at least 5 to compare with",
    ),
    (
        "start: 2010",
        'start: "?"',
        "line 5, key start: it is yet to be written. .*after 2001 and up",
    ),
    ("start: 2010", "start: 2001", "line 5, key start: '2001'. Expected a year after 2001"),
    ("start: 2010", "start: 1990", "line 5, key start: '1990'. Expected a year after 2001"),
    ("start: 2010", "start: 2015", "line 5, key start: '2015'.*up to 2014"),
    (
        "start: 2010",
        "start: 2010-01",
        "line 5, key start: '2010-01'. Expected a year, as .*panel.csv",
    ),
    ("start: 2010", "start: 2010-01-01", "line 5, key start: '2010-01-01'. Expected a year"),
    ("start: 2010", "start: 2010.0", "line 5, key start: 2010.0 is not of type"),
    ("start: 2010", "start: [2010]", r"line 5, key start: \[2010\] is not of type"),
    ("title: {en: Did it work}", "title: 3", "line 2, key title: 3 is not of type"),
    ("title: {en: Did it work}", "title: [a]", "line 2, key title"),
    ("title: {en: Did it work}", "title: {es: Hola}", "key title: no text in .'en'"),
    (
        "kind: count,",
        "kind: rate, measured: {es: por mil},",
        "line 6, key outcomes.homicide.measured: no text in .'en'",
    ),
    ("title: {en: Did it work}", "title: {en: 3}", "line 2, key title.en: 3 is not of type"),
    ("data: panel.csv", "", "config.yaml: no key data"),
    ("data: panel.csv", "data: panel.xlsx", "line 3, key data: 'panel.xlsx'. Expected a CSV file"),
    ("data: panel.csv", "data: none.csv", "none.csv: no such file"),
    ("data: panel.csv", "data: 3", "line 3, key data: 3. Expected a CSV file"),
    (OUTCOMES, "outcomes: homicide", "line 6, key outcomes: 'homicide' is not of type 'array'"),
    (OUTCOMES, "outcomes: [5]", "line 6, key outcomes.0: 5 is not of type"),
    (
        OUTCOMES,
        "outcomes: {homicide: count}",
        "line 6, key outcomes.homicide: 'count' is not of type",
    ),
    (OUTCOMES, "outcomes: [a/b]", "line 6, key outcomes.0"),
    (OUTCOMES, "outcomes: [homicide, homicide]", "line 6, key outcomes"),
    (OUTCOMES, "outcomes: [robbery]", "line 2, column outcome: found 'homicide'.*robbery"),
    (OUTCOMES, "outcomes: [homicide, robbery]", "column outcome: no row of .'robbery'"),
    ("kind: count", "kind: counts", "line 6, key outcomes.homicide.kind: 'counts' is not one of"),
    ("kind: count", "kinds: count", "line 6, key outcomes.homicide.kinds: an unknown key"),
    ("label: {en: Homicides}", "label: 3", "line 6, key outcomes.homicide.label: 3 is not of type"),
    (LAST, "language: en\ntratado: North", r"line 8, key tratado: an unknown key .'tratado'"),
    (LAST, "language: en\nFrequency: year", "line 8, key Frequency: .*Did you mean 'frequency'"),
    (LAST, "language: [en]", "line 7, key language: .'en'. is not of type"),
    (LAST, "language: en\nlanguages: [en]", "line 7, key language: language and languages"),
    (LAST, "leave_out: [South]", "line 7, key leave_out: .'South'. is not of type"),
    (LAST, "leave_out: {south: x}", "line 7, key leave_out.south: 'south'.*Did you mean 'South'"),
    (LAST, "leave_out: {North: x}", "line 7, key leave_out.North"),
    (LAST, "leave_out: {South: a, East: b, West: c}", "4 other units in the panel"),
    (LAST, "donors: {minimum: 9}", "7 other units in the panel. Expected at least 9"),
    (LAST, "donors: 5", "line 7, key donors: 5 is not of type"),
    (LAST, "most_donors: 1", "line 7, key most_donors: 1 is less than the minimum of 2"),
    (LAST, "donut: 2009", "line 7, key donut: 2009 is not of type"),
    (LAST, "donut: {first: 2009}", "line 7, key donut: 'last' is a required property"),
    (LAST, "donut: {first: 2009, last: 2008}", "line 7, key donut.last: '2008'. Expected 2009"),
    (LAST, "donut: {first: 2009, last: 2010}", "line 7, key donut.last: '2010'. .*before the st"),
    (LAST, "donut: {first: 2009-01, last: 2009-12}", "line 7, key donut.first: '2009-01'"),
    (LAST, "pre_period: {first: 2000, last: 2009}", "line 7, key pre_period.first: '2000'"),
    (LAST, "pre_period: {first: 2003, last: 2010}", "line 7, key pre_period.last: '2010'"),
    (LAST, "pre_period: 5", "line 7, key pre_period: 5 is not of type"),
    (
        "language: en",
        "pre_period: {first: 2001, last: 2009}\ndonut: {first: 2009, last: 2009}",
        "key donut.first: '2009'. Expected a year after the pre-period, which ends with 2009",
    ),
    (LAST, "post_windows: [2012]", "line 7, key post_windows: .2012. is not of type"),
    (LAST, "post_windows: {}", "line 7, key post_windows"),
    (LAST, "post_windows: {A: 2009}", "line 7, key post_windows.A: '2009'. Expected 2010"),
    (LAST, "post_windows: {A: 2015}", "line 7, key post_windows.A: '2015'.*to 2014"),
    (LAST, "frequency: month", "line 7, key frequency: months, of a panel by year"),
    (LAST, "frequency: week", "line 7, key frequency: weeks, of a panel by year"),
    (LAST, "estimators: did", "line 7, key estimators: 'did' is not of type 'array'"),
    (LAST, "declarations: yes", "line 7, key declarations"),
    (LAST, "robustness: 5", "line 7, key robustness: 5 is not of type"),
    (LAST, "columns: unit", "line 7, key columns: 'unit' is not of type"),
    (LAST, "columns: {unit: unit, period: period}", "line 7, key columns: 'value' is a req"),
    (LAST, "columns: {unit: unit, period: period, value: value, x: y}", "key columns.x: an unk"),
    (LAST, "columns: {unit: unit, period: unit, value: value}", "key columns: 'unit' twice"),
    (
        LAST,
        "columns: {unit: unit, period: period, value: {robbery: value}}",
        "key columns.value.robbery: 'robbery'. Expected one of .'homicide'",
    ),
    (
        LAST,
        "columns: {unit: unit, period: period, value: {homicide: value}, outcome: outcome}",
        "key columns.outcome: a column of outcomes, and",
    ),
    (LAST, "covariates: exposure", "line 7, key covariates: 'exposure' is not of type 'array'"),
    (LAST, "covariates: []", "line 7, key covariates"),
    (LAST, "covariates: {}", "line 7, key covariates"),
    (LAST, "covariates: [5]", "line 7, key covariates.0: 5 is not of type"),
    (LAST, "covariates: [exposure, exposure]", "line 7, key covariates: .*non-unique"),
    (LAST, "covariates: {a: {colum: exposure}}", "key covariates.a.colum: an unknown key"),
    (LAST, "covariates: {a: {label: 3, column: exposure}}", "key covariates.a.label: 3 is not of"),
    (
        LAST,
        "covariates: {exposure: {label: {es: Personas}}}",
        "key covariates.exposure.label: no text in .'en'",
    ),
    (LAST, "covariates: [exposur]", "panel.csv, line 1: no column 'exposur', of .*'exposure'"),
    (LAST, "covariates: [value]", "panel.csv, line 1: 'value' as a covariate, and as value"),
    (LAST, "covariates: {a: {column: period}}", "line 1: 'period' as a covariate, and as period"),
    (
        LAST,
        "columns: {unit: State, period: period, value: value}",
        "panel.csv, line 1: the columns",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "message"), CASES, ids=[new or old for old, new, _ in CASES]
)
def test_what_a_config_may_not_be(tmp_path, old, new, message):
    path = edited(write_place(tmp_path), lambda text: text.replace(old, new))
    with pytest.raises(InputError, match=message) as raised:
        opened(path)
    assert raised.value.expected and raised.value.action


def test_one_unit_alone_has_no_one_to_be_compared_with(tmp_path):
    path = write_place(tmp_path)
    write_panel(tmp_path, rows().query("unit == 'North'"))
    with pytest.raises(InputError, match="key treated: 0 other units in the panel"):
        opened(path)


def test_a_unit_may_not_be_called_as_several_are_together(tmp_path):
    path = edited(write_place(tmp_path), lambda text: text.replace(": North", ": [North, South]"))
    write_panel(tmp_path, rows().replace("Lakes", "North + South"))
    with pytest.raises(InputError, match="key treated: a unit is called 'North . South' already"):
        opened(path)


@pytest.mark.parametrize(
    ("periods", "frequency", "own"),
    [
        ([f"2020-W{n:02d}" for n in range(1, 15)], "month", "week"),
        ([str(n) for n in range(14)], "year", "period"),
        ([f"20{10 + n // 4}Q{n % 4 + 1}" for n in range(14)], "month", "quarter"),
    ],
)
def test_weeks_and_numbers_make_up_no_other_period(tmp_path, periods, frequency, own):
    write_panel(tmp_path, rows(periods))
    path = tmp_path / "config.yaml"
    path.write_text(f"{CONFIG.replace('2010', periods[9])}frequency: {frequency}\n")
    with pytest.raises(InputError, match=f"frequency: {frequency}s, of a panel by {own}.*{own}s"):
        opened(path)


def test_numbers_of_any_size_reach_the_jobs(tmp_path):
    """A table of a given panel is read again as it was written, with an exponent if need be."""
    from evaluation.sources.shipped import read_table
    from evaluation.study.files import write_csv

    table = rows().assign(value=lambda t: t["value"] * 1e12 + 1e-9, exposure=1e13)
    write_panel(tmp_path, table)
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.replace("kind: count", "kind: continuous"))
    found = place_tables(read_yaml(path), str(path))
    for name in ("periods", "values"):
        write_csv(found[name], tmp_path / f"{name}.csv")
    read = read_table(tmp_path / "values.csv")
    assert "e+13" in (tmp_path / "values.csv").read_text()
    np.testing.assert_allclose(read["value"], found["values"]["value"], rtol=1e-9)


RICH = """\
study: tiny_place
title: {en: Did it work}
data: panel.csv
columns: {unit: unit, period: period, value: value, outcome: outcome, exposure: exposure}
treated: [North, South]
start: 2010
outcomes: {homicide: {kind: count, label: {en: Homicides}}}
direction: fall
language: en
leave_out: {Lakes: a law of its own}
donut: {first: 2009, last: 2009}
post_windows: {A: 2012, B: 2014}
most_donors: 50
"""
# Kind and target of each slip that is let through, whether study and panel are the same as without
# it, and why it does no harm.
HARMLESS = [
    (
        "byte order mark|(windows|old mac) line ends|latin-1",
        r"\(file\)|panel",
        True,
        "the same text",
    ),
    (
        "columns turned|rows turned|column more",
        "panel",
        True,
        "the same rows, the same columns read",
    ),
    (".*", r"title\..*|outcomes\.homicide\.label.*|language", True, "words of the page"),
    ("key lost", r"direction", True, "a fall, as by default"),
    (
        "key lost",
        r"columns(\.outcome)?",
        True,
        "the table's own names; one outcome, as the config has",
    ),
    ("key lost|empty mapping", r"outcomes\.homicide(\.kind)?", True, "a count, as by default"),
    ("key lost", "most_donors", True, "there are fewer"),
    ("quoted|other case", r"(donut|post_windows)\..*", True, "a year as text"),
    ("key lost", r"columns\.exposure", False, "counts without exposure: another panel"),
    ("key lost|empty mapping", r"leave_out(\.Lakes)?", False, "one donor more: another hash"),
    (".*", r"leave_out\.Lakes", False, "words of a reason, which are in the hash"),
    (
        "key lost|key mistyped",
        r"donut|post_windows.*",
        False,
        "optional, or free names: another hash",
    ),
    ("entries turned|entry lost", r"treated", False, "other units, or another name: another hash"),
    (
        "(unit|period|value) moved up a row",
        "panel",
        False,
        "other figures, which nothing else knows",
    ),
]


def slips(folder: Path) -> list[Mutation]:
    generator = np.random.default_rng(SEED)
    config = read_yaml(folder / "config.yaml")
    table = {"panel.csv": (folder / "panel.csv").read_text(encoding="utf-8")}
    return [*config_mutations(config, generator), *table_mutations(table, generator)]


def test_slips_are_refused_in_words_or_known_to_do_no_harm(tmp_path, monkeypatch):
    """Hundreds of slips of a hand, one at a time: any error but `InputError` fails the test."""
    monkeypatch.chdir(tmp_path)
    study, _, prepared = opened(write_place(Path(), RICH))
    refused, used, every = 0, set(), slips(tmp_path)
    for slip in every:
        before = Path(slip.path).read_bytes()
        Path(slip.path).write_bytes(slip.content)
        try:
            found, _, built = opened(Path("config.yaml"))
        except InputError as error:
            assert error.where and error.problem and error.expected and error.action
            refused += 1
            continue
        finally:
            Path(slip.path).write_bytes(before)
        entry = next((entry for entry in HARMLESS if holds(entry, slip)), None)
        assert entry, (slip.kind, slip.target)
        used.add(entry)
        same = found.hash == study.hash and built.panel.equals(prepared.panel)
        assert same == entry[2], (slip.kind, slip.target, entry[3])
    assert [entry for entry in HARMLESS if entry not in used] == []
    assert len(every) > 250 and refused > 0.8 * len(every)


def holds(entry: tuple[str, str, bool, str], slip: Mutation) -> bool:
    return bool(re.fullmatch(entry[0], slip.kind) and re.fullmatch(entry[1], slip.target))


def test_the_page_of_another_place_has_every_key_and_its_config_opens(tmp_path):
    page = (ROOT / "docs" / "another-place.md").read_text(encoding="utf-8")
    schema = read_yaml(ROOT / "src" / "evaluation" / "sources" / "place.schema.yaml")
    known = [*schema["properties"], *SHORT, *schema["properties"]["columns"]["properties"]]
    known = [key for key in known if key not in ("estimators", "declarations")]  # of any study
    readme = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    assert [key for key in known if f"`{key}" not in page] == []
    assert [key for key in SHORT if f"`{key}`" not in readme] == []
    blocks = re.findall(r"```yaml\n(.*?)```", page, flags=re.S)
    config = next(block for block in blocks if block.startswith("study: "))
    assert len(config.strip().split("\n")) <= 15
    write_panel(tmp_path, rows().replace("North", "Florida"))
    path = tmp_path / "config.yaml"
    path.write_text(config, encoding="utf-8")
    assert opened(path)[0].treated == "Florida"
