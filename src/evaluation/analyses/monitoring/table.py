"""The looks of the monitoring, and what its boundary does where nothing happens."""

import pandas as pd

from evaluation.analyses.monitoring.contract import TO_COME
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table, interval
from evaluation.page.views import percent_of_log
from evaluation.study.study import Study

EVERY = 6  # looks that HTML and LaTeX show, besides the first, the last and alarms; the CSV has all


def monitoring(study: Study, language: Language, *, monitoring: pd.DataFrame) -> Table:
    """A row per look: counts, effect with its repeated interval, z, and whether it is an alarm.

    Where small counts are withheld only the latest look is there: the difference of two would be
    the count of a month.
    """
    rows = monitoring.sort_values("look").reset_index(drop=True)
    taken = rows[rows["reason"] != TO_COME]
    if study.said.smallest_cell > 1:
        rows = taken.tail(1)
    shown = {*rows["look"].head(1), *rows["look"].tail(1), *taken["look"].tail(1)}
    records = [
        {
            "look": row["look"],
            "month": language.month(row["month"]),
            "observed": row["observed"],
            "expected": row["counterfactual"],
            "effect": row["effect_percent"],
            "low": percent_of_log(row["ci_low"]),
            "high": percent_of_log(row["ci_high"]),
            "z": row["z"],
            "state": _state(row, language),
            "folded": not (row["look"] in shown or row["alarm"] or row["look"] % EVERY == 0),
        }
        for row in rows.to_dict("records")
    ]
    columns = _columns(study, language)
    fields = [key for column in columns for key in column.keys]
    return Table(
        name="monitoring",
        frame=pd.DataFrame(records, columns=[*fields, "folded"]),
        columns=columns,
        title=language("table.monitoring.title"),
        note=_note(study, language, monitoring),
        folded="folded",
        sums=Sums(outcome="", cells=("month",)),
    )


def _state(row: dict, language: Language) -> str:
    alarm = "fall" if row["z"] < 0 else "rise"
    key = row["reason"].replace(" ", "_") or (alarm if row["alarm"] else "none")
    return language(f"table.monitoring.state.{key}")


def _note(study: Study, language: Language, rows: pd.DataFrame) -> str:
    if study.monitoring is None or rows.empty:
        return language("table.monitoring.not_planned")
    return language(
        "table.monitoring.note",
        every=EVERY,
        boundary=language.number(rows["boundary"].iloc[0], 2),
        estimator=language.inline(language(f"estimator.{study.monitoring.estimator}")),
        level=_level(study, language),
    )


def _level(study: Study, language: Language) -> str:
    """The level of the repeated intervals, in percent without its sign."""
    return language.number(100 * (1 - study.monitoring.level), 0) if study.monitoring else "–"


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str, **values: str) -> str:
        return language(f"table.monitoring.{key}", **values)

    interval_label = label("interval", level=_level(study, language))
    return (
        Column(("look",), label("look"), "integer", counts=False),
        Column(("month",), label("month"), "label"),
        Column(("observed",), label("observed"), "integer", counts=True),
        Column(("expected",), label("expected"), "decimal", 1),
        Column(("effect",), label("effect"), "effect", 0),
        interval(language, ("low", "high"), interval_label, unit="percent"),
        Column(("z",), label("z"), "decimal", 2),
        Column(("state",), label("alarm")),
    )


def monitor_worlds(study: Study, language: Language, *, monitor_boundary: pd.DataFrame) -> Table:
    """A row per simulated law without an effect: chance of an alarm, and to find a halving."""
    kinds = {"serial": 1, "drift": 0, "fitted": 2}
    rows = monitor_boundary.assign(
        kind=[kinds[name.split()[0]] for name in monitor_boundary["world"]]
    ).sort_values(["kind", "drift", "correlation"])
    shares = ("false_alarm", "standard_error", "low", "high", "naive", "found_half", "found")
    records = [
        {"world": _world(row, language), "critical": row["critical"]}
        | {key: 100 * row[key] for key in shares}
        for row in rows.to_dict("records")
    ]
    columns = _world_columns(language, rows)
    fields = [key for column in columns for key in column.keys]
    note = language("table.monitoring.not_planned")
    if len(rows):
        note = language(
            "table.monitor_worlds.note",
            boundary=language.number(rows["boundary"].iloc[0], 2),
            panels=language.number(rows["panels"].iloc[0], 0),
        )
    return Table(
        name="monitor_worlds",
        frame=pd.DataFrame(records, columns=fields),
        columns=columns,
        title=language("table.monitor_worlds.title"),
        note=note,
    )


def _world(row: dict, language: Language) -> str:
    key = row["world"].split()[0]
    return language(
        f"table.monitor_worlds.{key}",
        drift=language.number(row["drift"], 2),
        serial=language.number(row["serial"], 2),
        correlation=language.number(row["correlation"], 2),
    )


def _world_columns(language: Language, rows: pd.DataFrame) -> tuple[Column, ...]:
    def label(key: str, **values: str) -> str:
        return language(f"table.monitor_worlds.{key}", **values)

    half = language.number(rows["half_way"].iloc[0], 0) if len(rows) else "–"
    return (
        Column(("world",), label("world")),
        Column(("critical",), label("critical"), "decimal", 2),
        Column(
            ("false_alarm", "standard_error"),
            label("false_alarm"),
            "plus_minus",
            1,
            parts=(label("chance_part"), label("error_part")),
        ),
        Column(("low",), label("low"), "decimal", 1),
        Column(("high",), label("high"), "decimal", 1),
        Column(("naive",), label("naive"), "decimal", 1),
        Column(("found_half",), label("found_half", months=half), "decimal", 0, counts=False),
        Column(("found",), label("found"), "decimal", 0, counts=False),
    )
