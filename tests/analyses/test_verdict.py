"""The verdict: every combination of answers has one word, and open answers matter or do not."""

import itertools

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.gate.verdict import (
    DECIDING,
    WORDS,
    verdict,
    words,
)

YES, NO, OPEN = "yes", "no", "not evaluated"


def conditions(**passed):
    """`Gate` rows with these answers; `p` is no, or the side on which the test rejects."""
    side = passed["p"]
    answers = passed | {"p": YES if side in ("fall", "rise") else side}
    rows = [
        (name, answers[name], side if name == "p" and answers[name] == YES else "")
        for name in DECIDING
    ]
    return pd.DataFrame(rows, columns=["condition", "passed", "direction"])


def of(calibrated, p, rings, size, excluded):
    answers = (calibrated, p, rings, size, excluded)
    return verdict(conditions(**dict(zip(DECIDING, answers, strict=True))))


@pytest.mark.parametrize(
    ("calibrated", "p", "rings", "size", "excluded", "word"),
    [
        (YES, "fall", YES, YES, NO, "established fall"),
        (YES, "rise", YES, YES, YES, "established rise"),
        # A fall is shown, and its whole interval is nearer to none than the smallest of interest.
        (YES, "fall", YES, NO, YES, "small fall"),
        # A fall is shown, but may be larger or smaller than that.
        (YES, "fall", YES, NO, NO, "inconclusive"),
        # A ring moved the other way.
        (YES, "fall", NO, YES, NO, "inconclusive"),
        (YES, "fall", NO, NO, YES, "excluded"),
        (YES, "rise", NO, YES, YES, "excluded"),
        (YES, "rise", YES, NO, YES, "excluded"),
        (YES, NO, YES, NO, YES, "excluded"),
        (YES, NO, NO, YES, YES, "excluded"),
        (YES, NO, YES, YES, NO, "inconclusive"),
        (YES, NO, NO, NO, NO, "inconclusive"),
    ],
)
def test_every_combination_has_its_word(calibrated, p, rings, size, excluded, word):
    assert of(calibrated, p, rings, size, excluded) == word
    # Without a calibrated test neither p nor interval says anything.
    assert of(NO, p, rings, size, excluded) == "inconclusive"
    undecided = "inconclusive" if word == "inconclusive" else "open"
    assert of(OPEN, p, rings, size, excluded) == undecided


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        ((YES, OPEN, YES, YES, OPEN), "open"),
        ((YES, "fall", OPEN, YES, NO), "open"),
        ((YES, "fall", YES, OPEN, NO), "open"),
        # Whatever the rings did, a test that does not reject establishes nothing.
        ((YES, NO, OPEN, OPEN, NO), "inconclusive"),
        ((YES, NO, OPEN, OPEN, YES), "excluded"),
        ((YES, NO, YES, YES, OPEN), "open"),
        # No interval of the ratio: an estimate that large is not excluded, a rise excludes a fall.
        ((YES, "fall", YES, YES, OPEN), "established fall"),
        ((YES, "rise", YES, YES, OPEN), "established rise"),
        ((YES, "rise", NO, YES, OPEN), "excluded"),
        ((YES, "fall", YES, NO, OPEN), "open"),
        ((NO, OPEN, OPEN, OPEN, OPEN), "inconclusive"),
        ((OPEN,) * 5, "open"),
    ],
)
def test_a_missing_answer_leaves_it_open_only_where_it_matters(answers, word):
    assert of(*answers) == word


def test_words_are_exclusive_and_cover_everything():
    """All 3 × 2⁴ sets of answers: one word each, and an open one agrees with its completions."""
    seen = set()
    for p, *rest in itertools.product(("fall", "rise", NO), *[(YES, NO)] * 4):
        calibrated, rings, size, excluded = rest
        word = of(calibrated, p, rings, size, excluded)
        seen.add(word)
        assert word in WORDS[:-1]
        for place in range(4):
            opened = list(rest)
            opened[place] = OPEN
            calibrated, rings, size, excluded = opened
            assert of(calibrated, p, rings, size, excluded) in (word, "open") or (
                # An interval that contradicts the estimate or the side is not tried.
                opened[3] == OPEN and (p == "rise") == (rest[3] == NO)
            )
    assert seen == set(WORDS[:-1])


def test_arrays_give_the_words_of_their_cells():
    answers = np.array(list(itertools.product((True, False), repeat=5)))
    calibrated, rejects, rings, size, excluded = answers.T
    found = words(calibrated, rejects, np.zeros(32, bool), rings, size, excluded)
    for row, word in zip(answers, found, strict=True):
        calibrated, rejects, *others = (YES if answer else NO for answer in row)
        assert word == of(calibrated, "fall" if rejects == YES else NO, *others)
