"""The question, the sectors and the dates: the frozen study as a table."""

import pandas as pd

from evaluation.analyses.gate.compute import primary_row
from evaluation.design.donors import donors_of
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.wording import reason_text, span_text, window_name
from evaluation.study.statements import DECLARED
from evaluation.study.study import Span, Study

MOST_ALIKE = 50  # units left out for one reason that the page shows; the CSV has all


def design(
    study: Study,
    language: Language,
    *,
    units: pd.DataFrame,
    panel: pd.DataFrame,
    estimates: pd.DataFrame,
) -> Table:
    """Estimand, windows, outcomes, donors and every exclusion with its reason.

    Periods are those that the estimates used: all their months are covered and complete.
    """
    periods = _periods(study, estimates)
    parts = {
        "question": _question(study, language),
        "time": _time(study, language, periods),
        "outcomes": _outcomes(study, language, panel, periods),
        "donors": _donors(study, language, units),
        "excluded": _excluded(language, units),
        "specification": _specification(study, language, primary_row(study, estimates)["lane"]),
        "statements": _statements(study, language),
        "documents": _documents(study, language),
    }
    rows = [
        (language(f"table.design.{part}"), item, value)
        for part, items in parts.items()
        for item, value in items
    ]
    frame = pd.DataFrame(rows, columns=["part", "item", "value"])
    alike = frame.groupby(["part", "value"]).cumcount()
    frame["folded"] = (frame["part"] == language("table.design.excluded")) & (alike >= MOST_ALIKE)
    return Table(
        name="design",
        frame=frame,
        columns=(
            Column(("item",), language("table.column.item")),
            Column(("value",), language("table.column.value"), "prose"),
        ),
        title=language("table.design.title"),
        note=_note(study, language, frame),
        folded="folded",
        group="part",
        group_label=language("table.column.part"),
    )


def _note(study: Study, language: Language, frame: pd.DataFrame) -> str:
    note = language("table.design.note", frequency=_frequency(study, language))
    if not frame["folded"].any():
        return note
    count = language.number(int(frame["folded"].sum()), 0)
    return " ".join([note, language("table.design.folded", shown=MOST_ALIKE, n=count)])


def _periods(study: Study, estimates: pd.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """Pre- and post-periods by outcome and window."""
    rows = estimates[estimates["estimator"] == study.primary.estimator]
    return {
        (row.outcome, row.window): (int(row.n_pre), int(row.n_post)) for row in rows.itertuples()
    }


def _frequency(study: Study, language: Language) -> str:
    return language(f"frequency.{study.frequency}")


def _question(study: Study, language: Language) -> list[tuple[str, str]]:
    primary = language.outcome(study.definition(study.primary.outcome))
    return [
        (
            language("table.design.estimand"),
            language(
                "table.design.estimand_text",
                treated=study.treated,
                outcome=language.inline(primary),
                window=window_name(study, study.primary.window, language, inline=True),
            ),
        ),
        (language("table.design.treated"), study.treated),
        (language("table.design.estimator"), language(f"estimator.{study.primary.estimator}")),
        (language("table.design.test"), language(f"test.{study.primary.test}")),
        (
            language("table.design.others"),
            "; ".join(language(f"estimator.{name}") for name in study.estimators[1:]) or "–",
        ),
    ]


def _time(
    study: Study, language: Language, periods: dict[tuple[str, str], tuple[int, int]]
) -> list[tuple[str, str]]:
    def counted(span: Span, count: int) -> str:
        return language(
            "table.design.periods",
            span=language.span(span),
            count=language.number(count, 0),
            frequency=_frequency(study, language),
        )

    outcome = study.primary.outcome
    rows = [
        (
            language("table.design.pre"),
            counted(study.pre_period, periods[outcome, study.primary.window][0]),
        ),
        (language("table.design.donut"), language.span(study.donut) if study.donut else "–"),
        (language("table.design.start"), language.long_month(study.treatment_start)),
        *_entry(study, language),
    ]
    for name, _ in study.post_windows:
        role = "primary" if name == study.primary.window else "other"
        label = language(f"table.design.post_{role}", name=name)
        rows.append((label, counted(study.window[name], periods[outcome, name][1])))
    return rows


def _outcomes(
    study: Study,
    language: Language,
    panel: pd.DataFrame,
    periods: dict[tuple[str, str], tuple[int, int]],
) -> list[tuple[str, str]]:
    rows = []
    for name in study.outcomes:
        definition = study.definition(name)
        if definition.sum_of:
            labels = [language.outcome(study.definition(part)) for part in definition.sum_of]
            content = language("table.design.sum_of", outcomes=" + ".join(labels))
        elif definition.delitos:
            content = language("table.design.delitos", delitos="; ".join(definition.delitos))
        else:
            content = language("table.design.as_given")
        pre, post = periods[name, study.primary.window]
        counts = language(
            "table.design.counts",
            pre=language.number(pre, 0),
            post=language.number(post, 0),
            frequency=_frequency(study, language),
        )
        missing = span_text(_uncovered(study, panel, name), language)
        gap = language("table.design.not_covered", months=missing) if missing else ""
        role = language(f"role.{definition.role}")
        label = f"{language.outcome(definition)} ({role})"
        rows.append((label, " ".join(part for part in (content, counts, gap) if part)))
    return rows


def _uncovered(study: Study, panel: pd.DataFrame, outcome: str) -> set[str]:
    inside = panel["month"].between(study.pre_period.first, study.last_month)
    rows = panel[(panel["outcome"] == outcome) & inside & ~panel["covered"]]
    return set(rows["month"])


def _donors(study: Study, language: Language, units: pd.DataFrame) -> list[tuple[str, str]]:
    donors = list(donors_of(units))
    rule, within = [], study.donors.exclude_within_m
    if study.has("neighbours") and within >= 0:
        rule.append(language("table.design.rule_distance", metres=f"{within:g}"))
    if study.donors.exclude_calendar and study.has("programme"):
        rule.append(language("table.design.rule_calendar"))
    return [
        (language("table.design.rule"), "; ".join(rule or [language("table.design.rule_none")])),
        (language("table.design.number"), language.number(len(donors), 0)),
        (language("table.design.names"), ", ".join(donors)),
        (
            language("table.design.smallest_p"),
            language(
                "table.design.smallest_p_text",
                p=language.p_value(1 / (len(donors) + 1)),
                n=language.number(len(donors) + 1, 0),
            ),
        ),
    ]


def _excluded(language: Language, units: pd.DataFrame) -> list[tuple[str, str]]:
    rows = units[units["role"] == "excluded"].sort_values("sector")
    return [
        (sector, reason_text(reason, language))
        for sector, reason in zip(rows["sector"], rows["reason"], strict=True)
    ]


def _specification(study: Study, language: Language, lane: str) -> list[tuple[str, str]]:
    return [
        (language("table.design.study"), study.study),
        (language("table.design.hash"), study.hash),
        (
            language("table.design.frozen"),
            study.said.frozen_hash or language("table.design.unfrozen"),
        ),
        (language("table.design.lane"), language(f"lane.{lane}")),
    ]


def _entry(study: Study, language: Language) -> list[tuple[str, str]]:
    """When the treated sector entered by the calendar, and how far its source can be trusted."""
    rows, noted = [], {sector: note for sector, *note in study.said.entries}
    for entry in study.calendar:
        if entry.sector != study.treated:
            continue
        source, confidence = noted[entry.sector]
        months = language.month(entry.entry)
        if entry.latest_entry != entry.entry:
            last = language.month(entry.latest_entry)
            months = language("table.design.months", first=months, last=last)
        known = f"table.confidence.{confidence}"
        text = language(
            "table.design.entry_text",
            months=months,
            confidence=language(known) if known in language.texts else confidence,
            source=study.said.cited(source),
        )
        rows.append((language("table.design.entry"), text))
    return rows


def _statements(study: Study, language: Language) -> list[tuple[str, str]]:
    declared = dict(study.said.declared)
    return [
        (
            language(f"table.design.{key}"),
            dict(declared[key]).get(language.code) or language("table.design.not_stated"),
        )
        for key in DECLARED
    ]


def _documents(study: Study, language: Language) -> list[tuple[str, str]]:
    return [
        (
            entry.citation,
            language(
                "table.design.document",
                says=dict(entry.says)[language.code],
                address=entry.address,
            ),
        )
        for entry in study.said.documents
    ]
