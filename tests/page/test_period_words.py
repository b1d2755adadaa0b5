"""What texts call time and rates, by the kind of the panel's periods, in either language."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from evaluation.analyses import analyses
from evaluation.page.language import LANGUAGES, Language, catalogues, read_catalogues
from evaluation.page.timeline import place, year_axis
from evaluation.page.vocabulary import EXPOSED
from evaluation.study.period_names import FORMS, PeriodNames, kind_of
from tests.page.test_vocabulary import FOREIGN, OWN, checklist_texts, found

# A panel of a place has none of these, so analyses that need one are absent from its study.
NEVER = {"rings", "variants", "flow", "releases", "claims", "parts"}
# Keys that are asked for by a kind of period, or speak of the calendar: of studies published
# elsewhere, of a map, of tables by year, of a plan (`config/plans`), whose figures are monthly.
CALENDAR = re.compile(
    r"(choice\.)?frequency\.|table\.column\.years?$|table\.literature\.years|plan\.data\.map|plans\."
    r"|scale_up\.estimator\.callaway_santanna"
)
# Of rings around a unit, which no panel has; its neighbours have texts of their own.
RINGS = re.compile(
    r"(figure|report\.reading)\.spillover_rings|report\.count\.spillover_bins|table\.spillover\.note$"
)
MONTHS = {
    "en": r"\b(?:months?|monthly|quarters?|quarterly|half-years?)\b",
    "es": r"\b(?:mes|meses|mensual(?:es)?|trimestr\w+|semestr\w+)\b",
}
YEARS = {"en": r"\b(?:years?|yearly|annual)\b", "es": r"\b(?:años?|anual(?:es)?)\b"}
# What goes with a masculine noun beside `semana`, and the other way round.
WRONG = {
    "week": r"\b(?:el|un|del|al|este|ese|ningún|algún|todo|mismo|primer|último) semanas?\b"
    r"|\b(?:los|unos|estos|esos|otros|todos|pocos|muchos|mismos|cuyos|tantos|primeros|últimos)"
    r" (?:… |\d+ )?semanas\b"
    r"|\bsemanas? (?:\w+[ai]dos?|completos?|incompletos?|nuevos|previos|intermedios)\b"
    r"|\bsemanas? \w+ (?:en \w+ )?(?:está|es|son|están) \w+[ai]?dos?\b",
    "period": r"\b(?:la|una|de la|esta|esa|ninguna|alguna|toda|misma|primera|última) periodo\b"
    r"|\b(?:las|unas|estas|esas|otras|todas|pocas|mismas|cuyas|tantas|primeras|últimas)"
    r" (?:… |\d+ )?periodos\b"
    r"|\bperiodos? (?:excluidas?|tratadas?|cubiertas?|completas?|nuevas|previas)\b"
    r"|\bde el\b|\ba el\b",
}


def catalogue_needs():
    """Key → features without which its text is never shown."""
    by_name = {name: set(one.needs) for name, one in analyses().items()}
    return {
        key: by_name.get(path.parent.name, set())
        for path in catalogues("en")
        for key in read_catalogues([path])
    }


NEEDS = catalogue_needs()


def texts_of(code, kind, exposed=True, vocabulary=FOREIGN):
    """The texts that a study of such a panel can show."""
    language = Language(code, vocabulary[code]).for_periods(PeriodNames(kind), exposed)
    checklists = {key: language.kept(key, text) for key, text in checklist_texts(code)}
    return {
        key: text
        for key, text in (language.texts | checklists).items()
        if not NEEDS.get(key, set()) & NEVER and not CALENDAR.match(key) and not RINGS.match(key)
    }


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("kind", ["week", "period"])
def test_no_text_speaks_of_months_where_there_are_none(code, kind):
    texts = texts_of(code, kind)
    assert len(texts) > 1500
    assert found(MONTHS[code], texts) == {}


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_text_speaks_of_years_of_numbered_periods(code):
    # Person-years are what an exposure is of, whatever a period is.
    assert found(YEARS[code], texts_of(code, "period", exposed=False)) == {}
    assert found(YEARS[code], texts_of(code, "week"))  # a week has a year


@pytest.mark.parametrize("kind", ["week", "period"])
def test_spanish_agrees_with_what_stands_for_months(kind):
    assert found(WRONG[kind], texts_of("es", kind)) == {}
    assert found(WRONG[kind], texts_of("es", kind, exposed=False)) == {}


@pytest.mark.parametrize(
    "text", ["los … semanas", "el semana", "semanas excluidos", "todos semanas", "esos semanas"]
)
def test_wrong_agreement_is_found(text):
    assert found(WRONG["week"], {"key": text})


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("kind", FORMS)
def test_without_an_exposure_no_rate_is_per_person(code, kind):
    texts = texts_of(code, kind, exposed=False)
    assert found(r"person-year|años?-persona|100,000", texts) == {}
    said = {"en": "Eruptions per atoll and {}", "es": "Erupciones por comarca y {}"}[code]
    period = Language(code, {}).grammar.derived(kind, True)["period"]["one"]
    assert texts["figure.rate_axis"] == said.format(period)


@pytest.mark.parametrize("code", LANGUAGES)
def test_months_and_person_years_are_what_no_panel_says_otherwise(code):
    plain = Language(code, OWN[code])
    assert plain.for_periods(PeriodNames()) is plain
    changed = plain.for_periods(PeriodNames("week", 1), False)
    assert changed.texts != plain.texts
    assert changed.for_periods(PeriodNames()).texts == plain.texts


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("month", ("First treated month", "Months after the start", "single month (")),
        ("quarter", ("First treated quarter", "Months after the start", "single quarter (")),
        ("half-year", ("First treated half-year", "Months after the start", "single half-year (")),
        ("year", ("First treated year", "Years after the start", "single year (")),
        ("week", ("First treated week", "Weeks after the start", "single week (")),
        ("period", ("First treated period", "Periods after the start", "single period (")),
    ],
)
def test_lengths_are_in_months_and_names_are_of_periods(kind, said):
    language = Language("en", {}).for_periods(PeriodNames(kind))
    shown = language("figure.raw_series.month", treated="A")
    assert language("table.design.start") == said[0]
    assert language("figure.power_curve.months") == said[1]
    assert said[2] in shown


def test_the_last_year_of_each_kind():
    def label(code, kind):
        language = Language(code, {}).for_periods(PeriodNames(kind))
        return language("figure.raw_series.treated", treated="A")

    assert [label("en", kind) for kind in ("month", "year", "week", "period")] == [
        *("A, last 12 months", "A, each year", "A, last 52 weeks", "A, each period"),
    ]
    assert label("es", "week") == "A, últimas 52 semanas"


def test_one_month_is_no_plural():
    language = Language("en", {}).for_periods(PeriodNames("week"))
    title = language("figure.event_study.title", treated="A", months=1)
    assert title.endswith("in bins of 1 week")
    assert language("figure.event_study.title", treated="A", months=11).endswith("11 weeks")
    assert language.words.lengths("1.1 weeks, −1 weeks, 1 weeks") == "1.1 weeks, −1 weeks, 1 week"


def test_a_grammar_has_the_same_words_of_time_in_each_language():
    english, spanish = (Language(code, {}).grammar for code in LANGUAGES)
    assert set(english.periods) == set(spanish.periods) == set(FORMS)
    for kind in FORMS:
        assert set(english.periods[kind]) == set(spanish.periods[kind])
        assert set(english.derived(kind, True)) == set(english.derived(kind, False))
    assert set(english.rates) == set(spanish.rates) == {EXPOSED, "none"}
    everything = " ".join(
        [path.read_text() for code in LANGUAGES for path in catalogues(code)]
        + [path.read_text() for path in Path(catalogues("en")[0].parents[2]).glob("page/grammar/*")]
    )
    for name in english.derived("month", True):
        assert re.search(rf"\{{v\.(?:\w+_)?{name}s?[:}}]", everything, re.IGNORECASE), name


@pytest.mark.parametrize(
    ("kind", "first", "months", "year"),
    [
        ("month", 0, "2020-07", "2020"),
        ("year", 0, "2020-01", "2020"),
        ("period", 7, "1900-03", "9"),
    ],
)
def test_the_year_of_a_period(kind, first, months, year):
    assert PeriodNames(kind, first).year_name(months) == year
    assert PeriodNames(kind).year == {"month": 12, "year": 12, "period": 1}[kind]


def weeks(first, count):
    """Names of weeks from one on, and the months that stand for its first and last."""
    names = PeriodNames("week", PeriodNames("week").number(first))
    return names, names.month(names.first), names.month(names.first + count - 1)


def test_the_year_of_a_week_is_that_of_its_name():
    names, first, _ = weeks("2020-W53", 2)
    assert kind_of("2020-W53") == "week"
    assert [names.year_name(month) for month in (first, "1900-02")] == ["2020", "2021"]
    assert names.year == 52


def drawn(first, last, periods):
    """Labels of the time axis by where they are, and its unlabelled ticks."""
    figure, axes = plt.subplots()
    year_axis(axes, first, last, Language("en", {}).for_periods(periods))
    labels, ticks = {}, []
    for minor in (False, True):
        axis = axes.xaxis
        formatter = axis.get_minor_formatter() if minor else axis.get_major_formatter()
        for number, at in enumerate(axes.get_xticks(minor=minor)):
            text = formatter(at, number)
            labels |= {float(at): text} if text else {}
            ticks += [] if text else [float(at)]
    plt.close(figure)
    return labels, ticks


def test_an_axis_of_months_names_years_between_ticks():
    labels, ticks = drawn("2019-07", "2021-03", PeriodNames())
    assert labels == {2019.5: "2019", 2020.5: "2020"} and ticks == [2019.0, 2020.0, 2021.0, 2022.0]


def test_an_axis_of_many_weeks_names_their_years():
    names, first, last = weeks("2019-W40", 13 + 53 + 52 + 2)
    labels, ticks = drawn(first, last, names)
    assert list(labels.values()) == ["2020", "2021"]
    assert names.name("1901-02") == "2020-W01" and place("1901-02") == pytest.approx(ticks[0])
    assert len(ticks) == 4  # 2020, 2021 and 2022 begin, and the panel ends


def test_an_axis_of_few_weeks_names_weeks():
    names, first, last = weeks("2019-W40", 10)
    labels, ticks = drawn(first, last, names)
    assert list(labels.values()) == [f"2019-W{week}" for week in (40, 42, 44, 46, 48)]
    assert ticks == []


def test_an_axis_of_numbered_periods_names_round_ones():
    names = PeriodNames("period", 11)
    labels, _ = drawn("1900-01", "1902-06", names)  # 11 to 40
    assert list(labels.values()) == ["15", "20", "25", "30", "35", "40"]
    assert min(labels) == pytest.approx(place("1900-05") + 1 / 24)


@pytest.mark.parametrize(
    ("code", "kind", "months", "said"),
    [
        ("en", "year", 96, "With 8 years after the start"),
        ("en", "year", 12, "With 1 year after the start"),
        ("en", "year", 18, "With 18 months after the start"),
        ("en", "quarter", 24, "With 24 months after the start"),
        ("es", "year", 96, "Con 8 años tras el inicio"),
        ("es", "month", 12, "Con 12 meses tras el inicio"),
    ],
)
def test_lengths_of_annual_panels_are_years_where_they_are_whole(code, kind, months, said):
    language = Language(code, {}).for_periods(PeriodNames(kind))
    values = {"power_months": months, "power_detectable_percent": "x"}
    assert language("report.reading.power_curve", **values).startswith(said)
    assert language.length(months) == (months / 12 if kind == "year" else months)


def test_a_length_before_a_noun_is_a_year_too():
    words = Language("en", {}).for_periods(PeriodNames("year")).words
    assert words.lengths("a 96-month window of 12 months") == "a 8-year window of 1 year"
    assert Language("en", {}).words.lengths("a 96-month window") == "a 96-month window"
