"""The report of a study: one self-contained page, readable without a network."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evaluation.analyses import KINDS, lacking
from evaluation.analyses import exhibits as placed_exhibits
from evaluation.analyses.brief import brief
from evaluation.analyses.contamination.table import event_name
from evaluation.analyses.documents import beside, byline
from evaluation.analyses.evidence.findings import resolved
from evaluation.analyses.first_screen import first_screen
from evaluation.analyses.gate.facts import verdict_keys
from evaluation.analyses.layout import parts
from evaluation.analyses.method import method
from evaluation.analyses.numbers import Value
from evaluation.analyses.power.facts import sides
from evaluation.analyses.power.wording import change_phrases
from evaluation.analyses.spillover.wording import zone_phrase
from evaluation.analyses.standards.checklists import item_named
from evaluation.page.effect_scale import written
from evaluation.page.language import Language
from evaluation.page.page import FigureExhibit, TableExhibit, filled, shown_figure, shown_table
from evaluation.page.sections import OPENING
from evaluation.page.wording import figure_name
from evaluation.study.authorship import NAMELESS, Authorship, cited
from evaluation.study.months import month_range, parse_month_list
from evaluation.study.scale import FALL
from evaluation.study.study import Span, Study

MANY = 1000  # events
NAMED = 2  # outcomes that a sentence on their gaps names; the table of the design has all
COMMAND = "make"
COMMAND_GIVEN = "snakemake --configfile CONFIG"  # the manifest names the file
INTERESTING = (  # sizes of effects that are written without a sign
    "smallest_fall_share",
    "smallest_rise_share",
    "excluded_fall_share",
    "excluded_rise_share",
)
DETECTABLE = {  # by phrase, of falls; `power.wording` knows what rises are called
    "detectable_fall": "detectable_fall_percent",
    "detectable_least": "power_detectable_least_percent",
    "detectable_most": "power_detectable_most_percent",
}
WORLDLY = ("too rarely", "too often", "no")  # labels whose sentences count kinds of panels
CHANGES = ("city_change", "treated_change")  # of the published claim's years


def content(
    study: Study,
    language: Language,
    *,
    title: str,
    background: str = "",
    authorship: Authorship = NAMELESS,
    languages: Sequence[str] = (),
    numbers: Mapping[str, Value],
    tables: Mapping[str, TableExhibit],
    figures: Mapping[str, FigureExhibit],
) -> dict:
    """What the templates of the page, the brief and their PDFs are filled with.

    Raises `KeyError` where an exhibit has no place on the page, or a place has no exhibit.
    """
    _refuse_misplaced(study, tables, figures)
    facts = phrases(numbers, study, language)
    exhibits = _exhibits(study, language, numbers, facts, tables, figures)
    limits = _limits(numbers, facts, study, language)
    return {
        "t": lambda key: language(key, **facts),
        "title": title,
        "background": background,
        "byline": byline(authorship, language),
        "authors": [author.name for author in authorship.authors],
        "citation": cited(authorship, title, str(numbers["code_version"])),
        "licences": list(authorship.licences),
        "footer": title,
        "beside": {kind: beside(kind, language, languages) for kind in ("report", "brief")},
        "code": language.code,
        "numbers": numbers,
        "answer": answer(numbers, facts, language),
        "first": first_screen(numbers, facts, language),
        "opening": exhibits[f"figure:{OPENING}"],
        "parts": parts(exhibits, numbers, facts, study, language),
        "brief": brief(background, limits, numbers, facts, language),
        "limits": limits,
        "method": method(study, facts, language, _texts(exhibits)),
        "provenance": _provenance(facts, language),
        "command": COMMAND_GIVEN if study.given else COMMAND,
    }


def _texts(exhibits: Mapping[str, dict]) -> Iterator[str]:
    """What the exhibits say: in their sentences, notes, cells and descriptions."""
    for exhibit in exhibits.values():
        yield from exhibit["readings"]
        for part in ("html", "note", "caption", "long", "alt"):
            yield exhibit.get(part, "")


def page(study: Study, language: Language, **given) -> str:
    """The page as HTML text; takes and raises what `content` does."""
    return filled(content(study, language, **given))


def _exhibits(
    study: Study,
    language: Language,
    numbers: Mapping[str, Value],
    facts: Mapping[str, str],
    tables: Mapping[str, TableExhibit],
    figures: Mapping[str, FigureExhibit],
) -> dict[str, dict]:
    """Every exhibit by its key, with its sentences and its caption."""
    readings, absent = _readings(study, numbers, facts, language), _absent(study, numbers)
    exhibits = {
        **{
            f"table:{name}": shown_table(name, table, f"{study.study}-{name}.{language.code}.csv")
            for name, table in tables.items()
        },
        **{f"figure:{name}": shown_figure(name, figure) for name, figure in figures.items()},
    }
    for key, exhibit in exhibits.items():
        exhibit["readings"], exhibit["absent"] = readings[key], key in absent
        exhibit["caption"] = (
            language(f"report.caption.{key.partition(':')[2]}", **facts)
            if key.startswith("figure:")
            else ""
        )
    return exhibits


def answer(numbers: Mapping[str, Value], facts: Mapping[str, str], language: Language) -> str:
    """The opening, two paragraphs: effect, interval, p-value, city, verdict; and what it is not."""
    without = numbers["ci_low_percent"] is None
    of_values = "_value" * (numbers.get("effect_unit") is not None)
    keys = [
        f"answer.effect{'_without_interval' * without}{of_values}",
        _p_key(numbers) + of_values * (numbers["primary_p"] is not None),
    ]
    # Where all is well this is said under “Inference”.
    alone = "_alone" * (numbers["calibration"] in WORLDLY and numbers["size_worlds"] == 1)
    label = numbers["calibration"]
    if label == "not measured" and numbers["size_worlds_tried"] and not numbers["size_worlds"]:
        label = "excluded"
    keys += [f"calibration.{label}{alone}"] * (label != "yes")
    if numbers["city_change"] is not None:
        fell = [numbers[key] is not None and numbers[key] < 0 for key in CHANGES]
        both_fell = all(fell)
        keys.append("answer.city" if both_fell else "answer.city_neutral")
    keys += [f"answer.{key}" for key in verdict_keys(numbers)]
    limits = []
    if numbers["verdict"] == "inconclusive" and resolved(numbers):
        known = numbers.get("power_detectable_least_percent") is not None
        by_drift = "answer.detectable_by_drift" if known else "answer.detectable"
        limits.append("answer.detectable_value" if of_values else by_drift)
    if _holds_zero(numbers):
        limits.append("answer.limit_no_effect")
    limits.append("answer.limit_cause")
    found = "\n\n".join(
        " ".join(language(f"report.{key}", **facts) for key in part) for part in (keys, limits)
    )
    # An outcome may be called as its events are: once is enough.
    events = language.words.terms["event"].many
    outcome = facts["outcome"]
    return found.replace(f"{events} ({outcome})", outcome) if outcome.endswith(events) else found


def _p_key(numbers: Mapping[str, Value]) -> str:
    if numbers["primary_p"] is None:
        return "answer.p_none"
    return "answer.p_calibrated" if numbers["primary_test"] != numbers["plain_test"] else "answer.p"


def phrases(numbers: Mapping[str, Value], study: Study, language: Language) -> dict[str, str]:
    """Every number as the language writes it, and the names that sentences need."""
    facts = {key: _phrase(key, value, study, language) for key, value in numbers.items()}
    expected = numbers.get("counterfactual")
    if expected is not None and float(expected) >= MANY:  # tenths say nothing
        facts["counterfactual"] = language.number(float(expected), 0)
    facts |= _effects(numbers, study, language)
    outcome = language.outcome(study.definition(numbers["outcome"]))
    facts["outcome_title"] = outcome
    facts["outcome"] = language.inline(outcome)
    facts["lane"] = language(f"lane.{numbers['lane']}")
    for key in ("window_first", "window_last", "treatment_start"):
        facts[key] = language.long_month(numbers[key])
    facts["unlocated_years"] = language.listing((numbers["unlocated_years"] or "–").split())
    facts |= change_phrases(numbers, study, language, DETECTABLE)
    smallest = {side: facts[f"smallest_{side}_share"] for side in sides(study)}
    both = len(smallest) > 1
    facts["smallest_hoped"] = (
        language("power.each", **smallest) if both else [*smallest.values()][0]
    )
    if numbers["donut_first"] is not None:
        facts["donut"] = language.span(Span(numbers["donut_first"], numbers["donut_last"]))
    facts["gaps"] = _gap_text("gap_", numbers, study, language)
    facts["incomplete"] = _gap_text("gap_incomplete_", numbers, study, language)
    for key in language.counts:
        if key in numbers:
            facts[f"{key}_text"] = language.counted(f"report.count.{key}", numbers[key], **facts)
    return facts


def _effects(numbers: Mapping[str, Value], study: Study, language: Language) -> dict[str, str]:
    """Effects on the primary outcome as its scale writes them, where that is not in percent; and
    the size of the effect without its sign."""
    scale = written(study, language)
    size = numbers["effect_percent"]
    found = {"effect_size": scale.effect(None if size is None else abs(float(size)), signed=False)}
    found |= {"unit": scale.unit}
    found |= {"excluded_rise_share": "–"} if "excluded_rise_share" not in numbers else {}
    if scale.scale.counted:
        return found
    for key, value in numbers.items():
        if key.endswith("_percent") or key in INTERESTING:
            number = None if value is None else float(value)
            found[key] = scale.effect(number, signed=key not in INTERESTING)
        if key.endswith(("_rate", "_slope")) and value is not None:
            found[key] = language.value(float(value), signed=key.endswith("_slope"))
    for key in ("observed", "counterfactual"):
        found[key] = scale.amount(float(numbers[key]))
    return found


def _refuse_misplaced(study: Study, tables: Iterable[str], figures: Iterable[str]) -> None:
    placed = {one.key for kind in KINDS for one in placed_exhibits(kind, study).values()}
    given = {f"table:{name}" for name in tables} | {f"figure:{name}" for name in figures}
    if missing := sorted(placed - given):
        raise KeyError(f"the page has no {missing}")
    if unknown := sorted(given - placed):
        raise KeyError(f"the page has no place for {unknown}")


def _phrase(key: str, value: Value, study: Study, language: Language) -> str:
    if value in ("inf", "-inf"):
        value = float(value)
    if value is None:
        return "–"
    kind = key.rpartition("_")[2]
    if isinstance(value, str):
        return _name(kind, value, study, language)
    if kind == "percent":
        return language.percent(value, 0, signed=True)
    if kind == "change":
        return language.percent(value, 1, signed=True)
    if kind == "share":
        return language.percent(value, 0 if float(value).is_integer() else 1)
    if kind == "p":
        return language.p_value(value)
    if kind == "donut":
        return language.number(language.length(int(value)), 0)
    if kind in ("ratio", "sd"):
        return language.number(value, 2)
    if kind == "points":
        return language.number(value, 0, signed=True)
    if kind == "level":
        return language.general(value)
    if kind == "log":
        return language.number(value, 3, signed=True)
    if kind == "slope":
        return language.number(value, 2, signed=True)
    return language.number(value, 0 if isinstance(value, int) else 1)


def _name(kind: str, value: str, study: Study, language: Language) -> str:
    """A name inside a sentence, as the language has it."""
    if kind == "month":
        return language.long_month(value)
    if kind == "outcome":
        return _outcomes(value, study, language)
    if kind in ("estimator", "test"):
        return language.inline(language(f"{kind}.{value}"))
    if kind == "zone":
        return zone_phrase(value, study, language)
    if kind == "event":
        return f"“{event_name(value, language)}”"
    if kind == "figures":
        named = [name.split(":") for name in value.split()]
        return language.listing([figure_name(*name, study, language) for name in named])
    if kind == "items":
        items = [language.kept(f"standards.{id}.name", item_named(id).name) for id in value.split()]
        return language.listing([language.inline(name) for name in items])
    if kind == "conditions":
        unlike = {"excluded"} if study.direction != FALL else set()
        names = [f"{n}_{study.direction}" if n in unlike else n for n in value.split()]
        return language.listing([language(f"report.condition.{name}") for name in names])
    return value


def _holds_zero(numbers: Mapping[str, Value]) -> bool:
    low, high = numbers["ci_low_percent"], numbers["ci_high_percent"]
    return low is not None and float(low) <= 0 <= float(high)


def _outcomes(names: Value, study: Study, language: Language) -> str:
    """The labels of outcomes inside a sentence; a dash for none."""
    labels = [language.outcome(study.definition(name)) for name in str(names or "").split()]
    return language.listing([language.inline(label) for label in labels]) or "–"


def _gap_text(prefix: str, numbers: Mapping[str, Value], study: Study, language: Language) -> str:
    """Outcomes by the months that they lack; empty where they lack none."""
    gaps: dict[str, list[str]] = {}
    for name in study.outcomes:
        if months := numbers.get(f"{prefix}{name}"):
            gaps.setdefault(months, []).append(name)
    parts = []
    for text, names in gaps.items():
        months = sorted(parse_month_list(text, "coverage"))
        span = language.span(Span(months[0], months[-1]))
        if len(month_range(months[0], months[-1])) > len(months) or len(months) == 1:
            span = language.listing([language.month(month) for month in months])
        outcome = _some_outcomes(names, study, language)
        parts.append(language("report.reading.coverage_gap", outcome=outcome, months=span))
    return "; ".join(parts)


def _some_outcomes(names: Sequence[str], study: Study, language: Language) -> str:
    """A few outcomes by name; of more, how many, and whether the primary one is among them."""
    if len(names) <= NAMED:
        return _outcomes(" ".join(names), study, language)
    primary = study.primary.outcome
    if primary not in names:
        return language("report.reading.coverage_outcomes", n=len(names))
    named = _outcomes(primary, study, language)
    return language("report.reading.coverage_primary", outcome=named, n=len(names) - 1)


def _absent(study: Study, numbers: Mapping[str, Value]) -> set[str]:
    """The exhibits that have nothing to show; their sentences say so."""
    every = [one for kind in KINDS for one in placed_exhibits(kind, study).values()]
    return {one.key for one in every if one.absent(numbers)}


def _readings(
    study: Study, numbers: Mapping[str, Value], facts: Mapping[str, str], language: Language
) -> dict[str, list[str]]:
    """The sentences of each exhibit, which its own folder chooses."""
    return {
        one.key: [language(f"report.reading.{key}", **facts) for key in one.reading(numbers)]
        for kind in KINDS
        for one in placed_exhibits(kind, study).values()
    }


def _limits(
    numbers: Mapping[str, Value], facts: Mapping[str, str], study: Study, language: Language
) -> list[str]:
    years = {numbers["located_first_year"], numbers["located_last_year"]}
    keys = ["one_unit"] + ["resolution_none"] * (not resolved(numbers))
    # The brief has room for the first four.
    keys += ["selection" if study.donut else "selection_none", "recording"]
    keys.append("spillover" if study.has("neighbours") else "spillover_unknown")
    if study.has("flow"):
        keys.append("unlocated" if len(years) > 1 else "unlocated_unknown")
    keys += ["redrawn"] * study.has("old_map")
    keys.append("fit")
    keys += ["unmeasured"] * bool(numbers["evidence_unmeasured"])
    keys += ["several"] * bool(numbers["effects_not_unique"])
    keys += ["pending"] * bool(numbers["pending"])
    limits = [language(f"report.limit.{key}", **facts) for key in keys]
    absent = [language(f"feature.{name}") for name in lacking(study)]
    if absent:
        limits.append(language("feature.absent", absent="; ".join(absent)))
    return limits


def _provenance(facts: Mapping[str, str], language: Language) -> list[tuple[str, str]]:
    keys = {
        "study": "study",
        "hash": "hash",
        "lane": "lane",
        "vintage": "data_vintage",
        "version": "code_version",
    }
    return [(language(f"report.reproduce.{key}"), facts[fact]) for key, fact in keys.items()]
