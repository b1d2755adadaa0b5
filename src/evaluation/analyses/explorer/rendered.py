"""The page on which a reader tries other choices, in one language."""

import pandas as pd

from evaluation.analyses.explorer.charts import (
    curve_spec,
    gap_spec,
    path_spec,
    release_spec,
    score_spec,
)
from evaluation.analyses.explorer.curves import curve_rows, release_rows
from evaluation.analyses.explorer.maps import SHOWS, map_specs
from evaluation.analyses.explorer.places import places, unit_rows
from evaluation.analyses.explorer.results import (
    estimate_rows,
    heading,
    path_rows,
    periods,
    score_of,
    score_rows,
    shown_outcomes,
    window_rows,
)
from evaluation.analyses.specifications.choice_names import DIMENSIONS, choice_name, choices
from evaluation.page.effect_scale import spoken
from evaluation.page.explorer import (
    Chart,
    Choice,
    Part,
    Rows,
    Sentence,
    ShownRows,
    explorer_html,
)
from evaluation.page.language import Language
from evaluation.study.study import Study

SCORES = ("effect", "z", "ratio", "gap")
INSTEAD = ("main_effects", "inference", "weights", "specifications")  # tables of the report
PICK = {"unit": "unit"}


def explored(study: Study) -> tuple[str, ...]:
    """The frames that the page of a study is made of."""
    frames = ("estimates", "paths", "placebos", "weights", "units", "panel")
    frames = (*frames, "specifications", "releases")
    return (*frames, "quadrants") if study.has("map") else frames


def explorer(
    study: Study,
    language: Language,
    *,
    title: str,
    estimates: pd.DataFrame,
    paths: pd.DataFrame,
    placebos: pd.DataFrame,
    weights: pd.DataFrame,
    units: pd.DataFrame,
    panel: pd.DataFrame,
    specifications: pd.DataFrame,
    releases: pd.DataFrame,
    quadrants: pd.DataFrame | None = None,
) -> bytes:
    """The page. Without `quadrants` it has no map, without a ledger no releases.

    Where small counts are withheld, paths and gaps are absent: counts could be read from them.
    """
    language = spoken(study, language.for_periods(study.periods, study.has("exposure")))
    every = periods(study, paths)
    sets = {
        "estimates": estimate_rows(study, language, estimates),
        "scores": score_rows(study, language, placebos),
        "windows": window_rows(study, language, every),
        "curve": curve_rows(study, language, specifications),
        "units": places(study, language, units, quadrants),
    }
    frames = {"units": units, "weights": weights, "placebos": placebos, "panel": panel}
    sets["places"] = unit_rows(study, language, **frames, scores=sets["scores"])
    if study.said.smallest_cell <= 1:
        sets |= path_rows(study, language, paths)
    if (known := release_rows(study, language, releases)) is not None:
        sets["releases"] = known
    parts = [_top(study, language, sets), _results(study, language, sets, every)]
    parts += [_units(study, language, sets, with_map=quadrants is not None)]
    parts += [_curve(study, language, sets)] if sets["curve"].rows[""] else []
    parts += [_releases(study, language, known)] if known is not None else []
    return explorer_html(
        title,
        language,
        parts,
        sets,
        [language.month(month) for month in every],
        [language(f"explorer.instead.{name}") for name in INSTEAD],
    )


def _choices(study: Study, language: Language, sets: dict[str, Rows]) -> tuple[Choice, ...]:
    """Outcome, estimator, window, test, and a unit to compare with."""
    primary = study.primary
    held = {key.split("|")[1] for key in sets["estimates"].rows}
    found = {
        "outcome": [
            (name, language.outcome(study.definition(name))) for name in shown_outcomes(study)
        ],
        "estimator": [
            (name, language(f"estimator.{name}")) for name in study.every_estimator if name in held
        ],
        "window": [
            (name, f"{name}: {language.span(study.window[name])}") for name, _ in study.post_windows
        ],
        "test": list(sets["estimates"].labels["test"]),
    }
    chosen = {"outcome": primary.outcome, "estimator": primary.estimator}
    chosen |= {"window": primary.window, "test": primary.test}
    units = [row[0] for row in sets["units"].rows[""] if row[0] != study.treated]
    every = [("", language("explorer.no_unit")), *((unit, unit) for unit in units)]
    return (
        *(
            Choice(name, language(f"table.column.{name}"), chosen[name], {"": options})
            for name, options in found.items()
        ),
        Choice("unit", language("explorer.unit"), "", {"": every}),
    )


def _top(study: Study, language: Language, sets: dict[str, Rows]) -> Part:
    return Part(
        "choose",
        language("explorer.choose"),
        "",
        (
            _choices(study, language, sets),
            Sentence(
                "estimate",
                "estimates",
                language("explorer.estimate"),
                language("explorer.nothing"),
                {"test": "test"},
            ),
        ),
        pinned=True,
    )


def _results(study: Study, language: Language, sets: dict[str, Rows], every: list[str]) -> Part:
    """Path, gaps, placebos and rows of estimates of what is chosen."""

    def chart(name: str, specs: dict, used: tuple[str, ...], **more) -> Chart:
        title, note = (
            language(f"explorer.{name}.{part}", treated=study.treated) for part in ("title", "note")
        )
        return Chart(name, title, note, specs, used, **more)

    drawn: tuple = (language("figure.withheld", smallest=study.said.smallest_cell),)
    if "paths" in sets:
        drawn = (
            chart("path", {"": path_spec(study, language, every)}, ("paths", "windows")),
            chart(
                "gap",
                {"": gap_spec(study, language, every)},
                ("gaps", "windows"),
                signals={"end": "ends.end", "unit": "unit"},
            ),
            Sentence("leaving", "ends", language("explorer.gap.leaving"), ""),
        )
    tests = [name for name, _ in sets["estimates"].labels["test"]]
    scores = chart(
        "scores",
        {score: score_spec(study, language, score) for score in SCORES},
        ("scores",),
        variant="test",
        variants={test: score_of(study, test) for test in tests},
        signals=PICK,
        picks="unit",
    )
    return Part(
        "results",
        language("explorer.results.heading"),
        language("explorer.results.intro"),
        (*drawn, scores, _table(language)),
    )


def _table(language: Language) -> ShownRows:
    heads = ("test", "effect", "interval", "p", "smallest_p", "calibrated", "remark")
    return ShownRows(
        "estimates",
        language("explorer.estimates.title"),
        language("explorer.estimates.note"),
        "estimates",
        {name: heading(language, name) for name in heads},
        ("effect", "p", "smallest_p"),
        {"test": "test"},
    )


def _units(study: Study, language: Language, sets: dict[str, Rows], with_map: bool) -> Part:
    """The map, or where there are no outlines a table of the same."""
    sentence = Sentence(
        "unit",
        "places",
        language("explorer.unit.sentence"),
        language("explorer.unit.none"),
        PICK,
    )
    intro = language("explorer.map.intro" if with_map else "explorer.units.intro")
    if not with_map:
        numbers = SHOWS[1:]
        table = ShownRows(
            "places",
            language("explorer.units.title"),
            language("explorer.units.note"),
            "places",
            {"unit": heading(language, "unit"), "role": heading(language, "role")}
            | {name: language(f"explorer.show.{name}") for name in numbers},
            numbers,
            PICK,
        )
        return Part("units", language("explorer.units.heading"), intro, (sentence, table))
    options = [(shown, language(f"explorer.show.{shown}")) for shown in SHOWS]
    choice = Choice("show", language("explorer.show"), SHOWS[0], {"": options})
    drawn = Chart(
        "map",
        language("explorer.map.title"),
        language("explorer.map.note", treated=study.treated),
        map_specs(study, language),
        ("places",),
        variant="show",
        signals=PICK,
        picks="unit",
    )
    return Part("units", language("explorer.units.heading"), intro, ((choice,), drawn, sentence))


def _curve(study: Study, language: Language, sets: dict[str, Rows]) -> Part:
    rows = sets["curve"].rows[""]
    place = sets["curve"].columns.index("primary")
    own = next((rank for rank, row in enumerate(rows, start=1) if row[place]), 1)
    options = {"": [("", language("explorer.highlight.none"))]}
    for name in DIMENSIONS:
        options[heading(language, name)] = [
            (f"{name}={value}", choice_name(study, language, name, value))
            for value in choices(study, name)
        ]
    controls = (
        Choice("highlight", language("explorer.highlight"), "", options),
        Choice("place", language("explorer.place"), str(own), last=len(rows)),
    )
    drawn = Chart(
        "curve",
        language("figure.specification_curve.title", treated=study.treated),
        language("explorer.curve.note"),
        {"": curve_spec(study, language)},
        ("curve",),
        signals={"highlight": "highlight", "place": "place"},
    )
    text = language("explorer.curve.sentence", number=language.number(len(rows), 0))
    sentence = Sentence("curve", "curve", text, "", {"rank": "place"})
    intro = language("explorer.curve.intro", number=language.number(len(rows), 0))
    return Part("curve", language("explorer.curve.heading"), intro, (controls, drawn, sentence))


def _releases(study: Study, language: Language, known: Rows) -> Part:
    last = max(row[0] for rows in known.rows.values() for row in rows)
    slider = Choice("release", language("explorer.release"), str(last), last=last)
    drawn = Chart(
        "releases",
        language("explorer.releases.title", treated=study.treated),
        language(
            "explorer.releases.note", estimator=language(f"estimator.{study.primary.estimator}")
        ),
        {"": release_spec(study, language)},
        ("releases",),
        signals={"release": "release"},
    )
    text = language("explorer.releases.sentence")
    sentence = Sentence(
        "release", "releases", text, language("explorer.nothing"), {"number": "release"}
    )
    return Part(
        "releases",
        language("explorer.releases.heading"),
        language("explorer.releases.intro"),
        ((slider,), drawn, sentence),
    )
