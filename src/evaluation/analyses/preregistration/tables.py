"""The tables of a plan."""

import pandas as pd

from evaluation.analyses.contamination.table import event_name
from evaluation.analyses.power.facts import primary_months
from evaluation.analyses.power.table import detectable_change, null_name, nulls
from evaluation.analyses.preregistration.before import Before, counts_before
from evaluation.analyses.preregistration.measured import Measured
from evaluation.analyses.preregistration.record import planned_analyses
from evaluation.page.language import Language
from evaluation.page.sections import ANSWER
from evaluation.page.table_writer import Column, Sums, Table
from evaluation.study.calendars import EVERYWHERE, UNKNOWN, Event
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.study import Span, Study

# Reported, by what was hoped for.
PLANTED = {FALL: (0.8, 0.7, 0.5), RISE: (1.2, 1.3, 2.0), EITHER: (0.8, 0.5, 1.2, 1.5)}


def claims(study: Study, language: Language, facts: dict[str, str]) -> Table:
    """One row a claim of the fixed sequence, in its place."""
    records = [
        {
            "place": place,
            "claim": language(f"table.claims.claim.{step.analysis}", treated=study.treated),
            "outcome": language.outcome(study.definition(step.outcome)),
            "estimator": language("scale_up.estimator.poisson_imputation")
            if step.analysis == "scale_up"
            else facts["estimator"],
            "test": language("test.pooled") if step.analysis == "scale_up" else facts["test"],
        }
        for place, step in enumerate(study.claims, start=1)
    ]
    columns = (
        Column(("place",), language("plan.claims.place"), "integer", counts=False),
        Column(("claim",), language("plan.claims.claim"), "prose"),
        Column(("outcome",), language("table.column.outcome")),
        Column(("estimator",), language("table.column.estimator")),
        Column(("test",), language("table.column.test")),
    )
    title = language("plan.claims.title")
    return _table("claims", records, columns, title, language("plan.claims.note", **facts))


def outcomes(study: Study, language: Language) -> Table:
    """One row an outcome: its role, what it counts, the claims made of it."""
    records = []
    for name in study.outcomes:
        definition = study.definition(name)
        parts = [language.outcome(study.definition(part)) for part in definition.sum_of]
        offences = "; ".join(definition.delitos)
        places = [str(n) for n, step in enumerate(study.claims, start=1) if step.outcome == name]
        records.append(
            {
                "outcome": language.outcome(definition),
                "role": language(f"role.{definition.role}"),
                "counts": language("table.design.sum_of", outcomes=" + ".join(parts))
                if parts
                else language("table.design.delitos", delitos=offences),
                "claimed": language.listing(places) or "–",
                "primary": name == study.primary.outcome,
            }
        )
    columns = (
        Column(("outcome",), language("table.column.outcome")),
        Column(("role",), language("plan.outcomes.role")),
        Column(("counts",), language("plan.outcomes.counts"), "prose"),
        Column(("claimed",), language("plan.outcomes.claimed"), "label"),
    )
    title, note = language("plan.outcomes.title"), language("plan.outcomes.note")
    return _table("outcomes", records, columns, title, note, primary="primary")


def counts(study: Study, before: Before, language: Language, facts: dict[str, str]) -> Table:
    """One row an outcome: events before the start, of the treated sector and of the donors."""
    frame = counts_before(study, before)
    frame["label"] = [language.outcome(study.definition(name)) for name in frame["outcome"]]

    def label(key: str) -> str:
        return language(f"plan.counts.{key}", treated=study.treated)

    columns = (
        Column(("label",), language("table.column.outcome")),
        Column(("months",), label("months"), "integer", counts=False),
        Column(("treated",), label("treated"), "integer", counts=True),
        Column(("a_year",), label("a_year"), "decimal", 1),
        Column(("donors",), label("donors"), "integer", counts=False),
        Column(("silent",), label("silent"), "integer", counts=False),
    )
    return Table(
        name="counts",
        frame=frame,
        columns=columns,
        title=language("plan.counts.title"),
        note=language("plan.counts.note", **facts),
        sums=Sums(),
    )


def power(study: Study, measured: Measured, language: Language, facts: dict[str, str]) -> Table:
    """One row a null and number of months: size, power, and the smallest fall found often."""
    rows = measured.power
    records = [
        _power_record(study, group, int(months), null, language)
        for null in nulls(rows)
        for months, group in rows[rows["null"] == null].groupby("months")
    ]
    primary = primary_months(study)
    for record in records:
        record["primary"] = (record["null"], record["months"]) == ("fitted", primary)
    columns = (
        Column(("panels",), language("plan.power.panels")),
        Column(("months",), language("plan.power.months"), "integer", counts=False),
        Column(
            ("size", "error"),
            language("plan.power.size"),
            "plus_minus",
            3,
            parts=(language("table.inference.size_part"), language("table.inference.error_part")),
        ),
        *(
            Column(
                (f"power_{ratio:g}",),
                language("plan.power.power", change=shown_change(ratio, language)),
                "decimal",
                2,
            )
            for ratio in PLANTED[study.direction]
        ),
        Column(("detectable",), language("plan.power.fall"), "percent", 0),
    )
    title = language("plan.power.title", **facts | {"test": language.inline(facts["test"])})
    note = language("plan.power.note", **facts)
    return _table("power", records, columns, title, note, primary="primary")


def shown_change(ratio: float, language: Language) -> str:
    """A planted rate ratio as a change: `−20%`."""
    return language.percent(100 * (ratio - 1), signed=True)


def _power_record(
    study: Study, rows: pd.DataFrame, months: int, null: str, language: Language
) -> dict:
    found = rows.set_index("rate_ratio")
    measured = {f"power_{ratio:g}": found["power"].get(ratio) for ratio in PLANTED[study.direction]}
    return {
        "null": null,
        "panels": null_name(null, language),
        "months": months,
        "size": found["power"].get(1.0),
        "error": found["standard_error"].get(1.0),
        "detectable": detectable_change(study, rows, months, language),
    } | measured


def events(study: Study, language: Language) -> Table:
    """One row an entry of the contamination calendar and what is done about it."""
    records = [
        {
            "event": event_name(event.event, language),
            "months": _months(event, language),
            "scope": _scope(event, language),
            "treatment": language(f"contamination.{event.treatment}"),
        }
        for event in study.contamination
    ]
    columns = tuple(
        Column((key,), language(f"plan.events.{key}"))
        for key in ("event", "months", "scope", "treatment")
    )
    title, note = language("plan.events.title"), language("plan.events.note")
    return _table("events", records, columns, title, note)


def _months(event: Event, language: Language) -> str:
    if not event.last:
        return language("plan.events.open", first=language.month(event.first))
    return language.span(Span(event.first, event.last))


def _scope(event: Event, language: Language) -> str:
    if event.scope == EVERYWHERE:
        return language("plan.events.everywhere")
    if event.scope == UNKNOWN:
        return language("plan.events.unknown")
    return "; ".join(event.sectors or event.boroughs)


def analyses(language: Language) -> Table:
    """One row a section of the report: the analyses that a run makes for it."""
    sections: dict[str, list[str]] = {}
    for entry in planned_analyses():
        sections.setdefault(entry["section"], []).append(entry["analysis"])
    records = [
        {
            "section": language(
                "report.answer.heading" if section == ANSWER else f"report.section.{section}"
            ),
            "names": ", ".join(names),
        }
        for section, names in sections.items()
    ]
    columns = (
        Column(("section",), language("plan.analyses.section")),
        Column(("names",), language("plan.analyses.names"), "prose"),
    )
    title, note = language("plan.analyses.title"), language("plan.analyses.note")
    return _table("analyses", records, columns, title, note)


def record(study: Study, before: Before | None, code_version: str, language: Language) -> Table:
    """What identifies the plan: study, hash, code, vintage of the figures."""
    values = {
        "study": study.study,
        "hash": study.hash,
        "code": code_version,
        "figures": before.vintage if before else language("plan.record.unused"),
    }
    records = [
        {"item": language(f"plan.record.{key}"), "value": value} for key, value in values.items()
    ]
    columns = (
        Column(("item",), language("plan.record.item")),
        Column(("value",), language("plan.record.value")),
    )
    title, note = language("plan.record.title"), language("plan.record.note")
    return _table("record", records, columns, title, note)


def _table(
    name: str,
    records: list[dict],
    columns: tuple[Column, ...],
    title: str,
    note: str,
    primary: str = "",
) -> Table:
    frame = pd.DataFrame(records)
    return Table(name, frame, columns, title, note, primary=primary)
