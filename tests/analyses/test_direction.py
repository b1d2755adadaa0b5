"""A fall and a rise, planted under each thing that was hoped for: the verdict and what is said."""

import dataclasses
import math

import pytest

from evaluation.analyses.gate.compute import gate
from evaluation.analyses.gate.facts import numbers, reading, verdict_keys
from evaluation.analyses.gate.verdict import WORDS_OF, words
from evaluation.design.design import Design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.permutation import permutation_ferman_pinto
from evaluation.inference.placebo import summarise
from evaluation.page.language import Language
from evaluation.study.scale import DIRECTIONS
from tests.analyses.test_gate import placebo_time, primary, spillover
from tests.conftest import poisson_panel
from tests.page import given_curve
from tests.page.conftest import _estimates, _sizes, _study

SAYS = {"en": ("a fall", "a rise"), "es": ("reducción", "aumento")}


@pytest.fixture(scope="module")
def study():
    return dataclasses.replace(_study(), smallest_effect=20.0)


def planted(study, ratio):
    """The columns of an estimate on a simulated panel with a known ratio, by the plain test."""
    panel = poisson_panel(seed=3, units=40, mean=40.0)
    design = Design(panel.units[0], panel.units[1:], panel.periods[:14], (), panel.periods[14:], ())
    counts = panel.counts.copy()
    counts[0, 14:] = (counts[0, 14:] * ratio).round()
    fits = ESTIMATORS["did"].fit_many(dataclasses.replace(panel, counts=counts), design.family())
    family = summarise(fits, design.post)
    test = permutation_ferman_pinto(family, study.level, "mean")
    effect = float(family.observed[0] / family.counterfactual[0])
    return {
        "observed": family.observed[0],
        "counterfactual": family.counterfactual[0],
        "effect": family.gap[0],
        "effect_percent": 100 * (effect - 1),
        "log_rate_ratio": math.log(effect),
        "ci_low": test.ci_low,
        "ci_high": test.ci_high,
        "p_value": test.p_value,
    }


def verdict_of(study, row):
    """The numbers of a gate in which no other condition stands in the way."""
    estimates = _estimates(study)
    mine = primary(study, estimates)
    for column, value in row.items():
        estimates.loc[mine, column] = value
    rings = spillover(contiguous=math.copysign(0.1, row["log_rate_ratio"]))
    conditions = gate(
        study,
        estimates=estimates,
        sizes=_sizes(),
        specifications=given_curve.frames(study)["specifications"],
        placebo_time=placebo_time().iloc[:0],
        spillover=rings,
    )
    ends = {f"ci_{end}_percent": 100 * math.expm1(row[f"ci_{end}"]) for end in ("low", "high")}
    return numbers(study, gate=conditions) | ends


def said(found, code):
    """The sentences of the verdict and of its table, with every number as a dash."""
    language = Language(code)

    class Dash(dict):
        def __missing__(self, key):
            return "–"

    keys = [f"report.verdict.{found['verdict']}"]
    keys += [f"report.answer.{key}" for key in verdict_keys(found)]
    keys += [f"report.reading.{key}" for key in reading("gate", found)]
    return [language.texts[key].format_map(Dash()) for key in keys]


@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize("hoped", DIRECTIONS)
@pytest.mark.parametrize(("ratio", "side"), [(0.4, 0), (2.5, 1)])
def test_what_is_planted_is_found_and_said(study, hoped, ratio, side, code):
    study = dataclasses.replace(study, direction=hoped)
    found = verdict_of(study, planted(study, ratio))
    assert found["verdict"] == f"established {('fall', 'rise')[side]}"
    text = " ".join(said(found, code)).lower()
    assert SAYS[code][side] in text
    harm = hoped == ("rise", "fall")[side]
    assert any(key.startswith("harm") for key in verdict_keys(found)) == harm
    if not harm:  # nothing is said of the other side
        assert SAYS[code][1 - side] not in text


@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize("hoped", DIRECTIONS)
def test_without_an_effect_what_was_hoped_for_is_excluded(study, hoped, code):
    row = planted(study, 1.0) | {"ci_low": -0.05, "ci_high": 0.06, "p_value": 0.8}
    row |= {"log_rate_ratio": 0.01, "effect_percent": 1.0}
    study = dataclasses.replace(study, direction=hoped)
    found = verdict_of(study, row)
    word = {"fall": "excluded", "rise": "excluded rise", "either": "excluded both"}[hoped]
    assert found["verdict"] == word and found["gate_excluded_passed"] == "yes"
    first = said(found, code)[0].lower()
    assert (SAYS[code][0] in first) == (hoped != "rise")
    assert (SAYS[code][1] in first) == (hoped != "fall")


@pytest.mark.parametrize("hoped", DIRECTIONS)
def test_a_wide_interval_excludes_nothing(study, hoped):
    row = planted(study, 1.0) | {"ci_low": -0.8, "ci_high": 0.8, "p_value": 0.8}
    found = verdict_of(dataclasses.replace(study, direction=hoped), row)
    assert found["verdict"] == "inconclusive"
    assert verdict_keys(found) == ["inconclusive_p" + f"_{hoped}" * (hoped != "fall")]


@pytest.mark.parametrize(
    ("hoped", "low", "high", "word"),
    [
        ("fall", -0.15, -0.01, "small fall"),
        ("rise", -0.15, -0.01, "excluded rise"),
        ("either", -0.15, -0.01, "small fall"),
        ("fall", 0.01, 0.15, "excluded"),
        ("rise", 0.01, 0.15, "small rise"),
        ("either", 0.01, 0.15, "small rise"),
    ],
)
def test_a_small_effect(study, hoped, low, high, word):
    middle = (low + high) / 2
    row = {"ci_low": low, "ci_high": high, "p_value": 0.01, "log_rate_ratio": middle}
    row |= {"effect_percent": 100 * math.expm1(middle)}
    found = verdict_of(dataclasses.replace(study, direction=hoped), row)
    assert found["verdict"] == word
    for code in ("en", "es"):
        assert all(said(found, code))


def test_a_rise_and_a_fall_are_mirrored():
    answers = [(True, False), (False, True)]
    for falls, rises in answers:
        for rings in (True, False):
            for size in (True, False):
                for excluded in (True, False):
                    rest = (rings, size, excluded)
                    fall = str(words(True, falls, rises, *rest, hoped="fall"))
                    rise = str(words(True, rises, falls, *rest, hoped="rise"))
                    assert fall in WORDS_OF["fall"] and rise in WORDS_OF["rise"]
                    swapped = rise.replace("excluded rise", "excluded")
                    turn = {"fall": "rise", "rise": "fall"}
                    swapped = " ".join(turn.get(part, part) for part in swapped.split())
                    assert swapped == fall
