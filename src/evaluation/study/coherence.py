"""Whether the choices of a study fit together, its words are complete and its places exist.

Each function raises one `InputError` for the first contradiction, with file, line and key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from evaluation.study.calendars import BOROUGH, Event
from evaluation.study.choices import check_claims
from evaluation.study.coherence_added import check_monitoring, check_secondary
from evaluation.study.coherence_added import refuse_key as _refuse
from evaluation.study.errors import InputError
from evaluation.study.months import whole_periods
from evaluation.study.names import nearest, refuse_alike
from evaluation.study.outcomes import COUNT_ESTIMATORS, VALUE_TESTS
from evaluation.study.period_names import LENGTHS, NAMELESS
from evaluation.study.strict_yaml import place

if TYPE_CHECKING:
    from evaluation.study.study import Study

MOST_REFERENCES = 1_000_000  # simulated units behind a calibrated p: more run for days


def refuse_contradictions(study: Study, where: str, length: int) -> None:
    """Refuse choices of a study that contradict each other.

    Parameters
    ----------
    where : the config, for messages
    length : months of the study's periods
    """
    _check_names(study, where)
    _check_time(study, where, length)
    _check_donors_and_calendar(study, where)
    _check_outcomes(study, where)
    _check_published(study, where)
    check_claims(
        study.claims,
        study.outcomes,
        study.robustness.scale_up.outcomes,
        lambda key, problem, expected: _refuse(where, key, problem, expected),
    )
    _check_kinds(study, where)
    _check_robustness(study, where)
    _check_periods(study, where)
    check_monitoring(study, where)
    check_secondary(study, where)


def refuse_missing_words(study: Study, config: Mapping, where: str) -> None:
    """Refuse a title, a statement, or an outcome's label or unit, that lacks a report language."""
    words = [(key, [key], config[key]) for key in ("title", "background") if key in config]
    words += [
        (f"outcome_definitions, outcome {entry.name}", ["outcome_definitions"], dict(entry.label))
        for entry in study.definitions
    ]
    measured = [one for one in study.definitions if one.measured]
    others = [("outcomes", one.name, "measured", one.measured) for one in measured]
    others += [("covariates", one.name, "label", one.label) for one in study.covariates]
    words += [(".".join(keys), keys, dict(texts)) for *keys, texts in others]
    words += [(key, key.split("."), texts) for key, texts in study.said.texts.items()]
    for label, keys, texts in words:
        if missing := [code for code in config["languages"] if not texts.get(code, "").strip()]:
            raise InputError(
                place(where, keys, f"key {label}"),
                f"no text in {missing}",
                "one for each of `languages`",
                "Add it.",
            )


def refuse_strange_sectors(study: Study, known: Iterable[str], where: str, table: str) -> None:
    """Refuse a sector of config or calendars that has no figures.

    Parameters
    ----------
    known : the sectors that have figures
    table : where they come from, for messages
    """
    named = {
        "treated": [study.treated],
        "donors.exclude": [sector for sector, _ in study.donors.exclude],
        "treatment_calendar": [entry.sector for entry in study.calendar],
        "contamination_calendar": [name for event in study.contamination for name in event.sectors],
    }
    _refuse_strange(named, set(known), "sectors", where, table)


def refuse_strange_boroughs(study: Study, known: Iterable[str], where: str, table: str) -> None:
    """Refuse a borough of the contamination calendar in which no sector lies: nothing is handled.

    Parameters
    ----------
    known : the boroughs of the sectors that have figures
    table : where they come from, for messages
    """
    named = [name for event in study.contamination for name in _boroughs(event)]
    _refuse_strange({"contamination_calendar": named}, set(known), "boroughs", where, table)


def _refuse_strange(
    named: Mapping[str, list[str]], known: set[str], kind: str, where: str, table: str
) -> None:
    for key, names in named.items():
        if unknown := sorted(set(names) - known):
            raise InputError(
                place(where, key.split(".")),
                f"unknown {kind} {unknown}",
                f"some of the {len(known)} {kind} of {table}",
                nearest(unknown[0], sorted(known)),
            )


def _boroughs(event: Event) -> list[str]:
    named = event.scope.startswith(BOROUGH)
    return event.scope.removeprefix(BOROUGH).split(";") if named else []


def _check_names(study: Study, where: str) -> None:
    grid, events = study.robustness.grid, study.contamination
    groups = (
        [
            ("treated", study.treated),
            *(("donors.exclude", name) for name, _ in study.donors.exclude),
            *(("treatment_calendar", entry.sector) for entry in study.calendar),
            *(("contamination_calendar", name) for event in events for name in event.sectors),
        ],
        [("contamination_calendar", name) for event in events for name in _boroughs(event)],
        [("contamination_calendar", event.event) for event in events],
        [("outcome_definitions", definition.name) for definition in study.definitions],
        [("post_windows", name) for name, _ in study.post_windows],
        [("robustness.grid.pre_periods", name) for name, _, _ in grid.pre_periods],
        [("robustness.grid.donor_rules", rule.name) for rule in grid.donor_rules],
    )
    for group in groups:
        refuse_alike(((name, key) for key, name in group), lambda key: place(where, key.split(".")))


def _check_time(study: Study, where: str, length: int) -> None:
    varied = study.robustness
    _check_frequencies(study, where, "frequency", [study.frequency])
    _check_frequencies(study, where, "robustness.grid.frequencies", varied.grid.frequencies)
    others = varied.measurement.frequencies
    _check_frequencies(study, where, "robustness.measurement.frequencies", others)
    pre, donut, start = study.pre_period, study.donut, study.treatment_start
    posts = {f"post_windows.{name}": span for name, span in study.window.items()}
    spans = {"pre_period": pre} | ({"donut": donut} if donut else {}) | posts
    for key, span in spans.items():
        if span.last < span.first:
            _refuse(
                where,
                key,
                f"the window ends ({span.last}) before it starts ({span.first})",
                f"a month from {span.first} on as its last",
            )
    if pre.first >= start:
        _refuse(
            where,
            "pre_period",
            f"{study.treated} has no pre-period: it starts {pre.first} and treatment {start}",
            "months before treatment_start",
        )
    if pre.last >= start:
        _refuse(
            where, "pre_period.last", f"{pre.last} is not before {start}", "months before treatment"
        )
    if donut and (donut.first <= pre.last or donut.last >= start):
        _refuse(
            where,
            "donut",
            f"{donut.first}..{donut.last} overlaps another window",
            f"months after {pre.last} and before {start}",
        )
    for key, span in spans.items():
        if not whole_periods(span.first, span.last, length):
            _refuse(
                where,
                key,
                f"{span.first}..{span.last} cuts a {study.frequency} in two",
                f"months from the first to the last of whole {study.frequency}s",
            )
    _refuse_same(dict(study.post_windows), "post_windows", where)


def _check_frequencies(study: Study, where: str, key: str, frequencies: Iterable[str]) -> None:
    """A panel's own periods, or longer ones that are made of them; weeks make no month."""
    names = study.periods
    for frequency in frequencies:
        whole = frequency == names.kind
        if names.kind not in NAMELESS and frequency not in NAMELESS:
            whole = LENGTHS[frequency] % names.length == 0
        if not whole:
            _refuse(
                where,
                key,
                f"{frequency}s, of a panel by {names.kind}",
                f"{names.kind}s, or longer periods that are made of them",
            )


def _refuse_same(values: Mapping[str, object], key: str, where: str) -> None:
    """Two names for one thing would count it twice."""
    seen: dict[object, str] = {}
    for name, value in values.items():
        if value in seen:
            _refuse(
                where, f"{key}.{name}", f"the same months as {seen[value]}", "months of its own"
            )
        seen[value] = name


def _check_donors_and_calendar(study: Study, where: str) -> None:
    if study.treated in dict(study.donors.exclude):
        _refuse(where, "donors.exclude", f"{study.treated} is the treated sector", "other sectors")
    if study.primary_window not in dict(study.post_windows):
        _refuse(
            where,
            "primary_window",
            f"{study.primary_window!r} is no window",
            "a key of post_windows",
        )
    for entry in study.calendar:
        dated = entry.entry <= study.treatment_start <= entry.latest_entry
        if entry.sector == study.treated and not dated:
            _refuse(
                where,
                "treatment_start",
                f"{study.treatment_start}, but the treatment calendar has {study.treated} enter "
                f"from {entry.entry} to {entry.latest_entry}",
                "a month between the two",
            )


def _check_outcomes(study: Study, where: str) -> None:
    """Whatever names outcomes names those of the study."""
    names = [definition.name for definition in study.definitions]
    for name in study.outcomes:
        if name not in names:
            _refuse(where, "outcomes", f"{name!r} is not defined", f"some of {names}")
    analyses = ("spillover", "contamination", "time", "event_study", "scale_up", "grid")
    named = {
        f"robustness.{key}.outcomes": getattr(study.robustness, key).outcomes for key in analyses
    }
    stated = study.statements.published_claims if study.statements else ()
    named["published_claims"] = tuple(claim.outcome for claim in stated)
    for key, outcomes in named.items():
        for name in outcomes:
            if name not in study.outcomes:
                _refuse(
                    where,
                    key,
                    f"{name!r} is not an outcome of the study",
                    f"some of {list(study.outcomes)}",
                )


def _check_kinds(study: Study, where: str) -> None:
    """Models of counts, and a first test on ratios, are for outcomes that are counts."""
    blocks = ("grid", "event_study", "spillover", "contamination")
    asked = [("estimators", study.outcomes, study.estimators)]
    if study.secondary:
        asked.append(("secondary.estimators", study.outcomes, study.secondary.estimators))
    for key in blocks:
        block = getattr(study.robustness, key)
        asked.append((f"robustness.{key}.estimators", block.outcomes, block.estimators))
    for key, outcomes, estimators in asked:
        values = [name for name in outcomes if not study.definition(name).counted]
        for name in estimators:
            if values and name in COUNT_ESTIMATORS:
                _refuse(
                    where,
                    key,
                    f"{name} is a model of counts, and {values[0]} is none "
                    f"(kind {study.definition(values[0]).kind})",
                    "estimators of rates and values, as demeaned_synthetic_control or did",
                )
    _check_primary_kind(study, where)
    _check_ratios(study, where)


def _check_ratios(study: Study, where: str) -> None:
    """What is about ratios names outcomes that have them."""
    named = {"claims": [step.outcome for step in study.claims]}
    if study.definition(study.primary.outcome).counted:
        for key in ("event_study", "spillover", "contamination", "scale_up"):
            named[f"robustness.{key}.outcomes"] = getattr(study.robustness, key).outcomes
    for key, outcomes in named.items():
        for name in outcomes:
            if not study.definition(name).counted:
                problem = f"{name} is no count, and has no ratios"
                _refuse(where, key, problem, "outcomes that are counts")


def _check_primary_kind(study: Study, where: str) -> None:
    """The first test, the smallest effect and the monitoring are those of the primary outcome."""
    if not study.definition(study.outcomes[0]).counted and study.tests[0] not in VALUE_TESTS:
        _refuse(
            where,
            "inference.tests",
            f"{study.tests[0]} comes first and needs counts, and {study.outcomes[0]} is none",
            f"one of {list(VALUE_TESTS)} as the first",
        )
    if (
        study.definition(study.outcomes[0]).counted
        and study.direction != "rise"
        and study.smallest_effect >= 100
    ):
        _refuse(
            where,
            "gate.smallest_effect",
            f"a fall of {study.smallest_effect:g}%",
            "less than 100: no count falls further",
        )
    if study.monitoring and not study.definition(study.outcomes[0]).counted:
        _refuse(
            where,
            "monitoring",
            f"{study.outcomes[0]} is no count, and what is monitored are counts",
            "no such block",
        )


def _check_published(study: Study, where: str) -> None:
    seen = set()
    stated = study.statements.published_claims if study.statements else ()
    for number, claim in enumerate(stated):
        key = f"published_claims.{number}"
        if claim.baseline >= claim.follow_up:
            _refuse(
                where,
                key,
                f"from {claim.baseline} to {claim.follow_up}",
                "a follow-up after its baseline",
            )
        if claim.change < -100:
            _refuse(where, key, f"a change of {claim.change:g}%", "-100 or more")
        if (claim.outcome, claim.baseline, claim.follow_up) in seen:
            _refuse(where, key, f"a second claim about {claim.outcome}, these years", "one")
        seen.add((claim.outcome, claim.baseline, claim.follow_up))


def _check_robustness(study: Study, where: str) -> None:
    events, grid, draws = study.robustness.event_study, study.robustness.grid, study.calibration
    if events.reference_months % events.bin_months:
        _refuse(
            where,
            "robustness.event_study.reference_months",
            f"{events.reference_months} months are no whole bins of {events.bin_months}",
            "a multiple of bin_months",
        )
    for name, first, last in grid.pre_periods:
        if not first <= last < study.treatment_start:
            _refuse(
                where,
                f"robustness.grid.pre_periods.{name}",
                f"{first}..{last} is not a span before {study.treatment_start}",
                "months before treatment_start",
            )
    periods = {name: (first, last) for name, first, last in grid.pre_periods}
    _refuse_same(periods, "robustness.grid.pre_periods", where)
    for start in _outside(study):
        _refuse(
            where,
            "robustness.time.starts",
            f"{start} is not within the study",
            f"months after {study.pre_period.first} and up to {study.last_month}",
        )
    if draws.reference_panels * draws.reference_copies > MOST_REFERENCES:
        _refuse(
            where,
            "calibration.reference_panels",
            f"{draws.reference_panels:,} panels of {draws.reference_copies:,} sectors",
            f"at most {MOST_REFERENCES:,} simulated sectors",
        )


def _check_periods(study: Study, where: str) -> None:
    """What is stated by calendar month or year has no place among weeks and numbered periods."""
    kind, said = study.periods.kind, study.statements
    if study.monitoring and study.periods.length > 1:
        expected = "a panel of months, weeks or numbered periods, or no such block"
        _refuse(where, "monitoring", f"looks at a panel of {kind}s", expected)
    if said and kind in NAMELESS:
        for key in ("published_claims", "implementation"):
            if getattr(said, key):
                problem = f"months or years, and a panel of {kind}s"
                _refuse(where, key, problem, "a panel of months or longer, or no such key")


def _outside(study: Study) -> Iterator[str]:
    for start in study.robustness.time.starts:
        if not study.pre_period.first < start <= study.last_month:
            yield start
