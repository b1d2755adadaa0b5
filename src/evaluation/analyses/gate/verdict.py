"""The verdict: one word for every combination of answers to the conditions that decide.

The smallest effect of interest X (config, `gate.smallest_effect`) makes two questions of one
interval: is there an effect of interest, and can one be excluded? Which one is excluded is what was
hoped for (config, `direction`), here a fall; where a rise was, read it for fall throughout, and
where either is of interest both are excluded or none. What is established has no direction: harm is
found as well as good.

established fall, established rise
    The deciding test is calibrated and rejects, no ring moved against the effect, and the point
    estimate is at least X (of a rise: as far from no effect on the log scale).
excluded
    The interval of the deciding test holds no fall of X or more. This is one of Schuirmann's (1987)
    two one-sided tests, with X as its equivalence bound (Lakens 2017): only a fall was claimed.
small fall
    Both: the test rejects and the whole interval lies between no effect and X.
inconclusive
    Neither; and always where the test does not count as calibrated, for then neither its p-value
    nor its interval can be believed.
open
    A condition is not evaluated, and the word depends on its answer.

Why the point estimate and not the interval is held against X for an effect to be established: that
there is an effect is what p decides; X keeps an effect from being called established that is too
small to matter by its own best estimate. To ask the interval to lie beyond X is another test (of a
minimum effect, Murphy & Myors 1999), which at the precision of one sector few true effects
would pass (docs/method.md has the figures). So "established" never says that the effect is at least
X; the report gives the interval.

Why exclusion takes the two-sided interval of the study's level, and not the wider margin of
1 − 2(1 − level) that two one-sided tests at that level allow: size is measured for each tail of
this interval, not for those of another, and one interval cannot both establish and exclude the same
effect. A fall of X is then wrongly excluded in (1 − level)/2 of cases, not 1 − level.
"""

import itertools
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from evaluation.study.scale import DIRECTIONS, EITHER, FALL, RISE

ESTABLISHED = ("established fall", "established rise")
SMALL = {FALL: ("small fall",), RISE: ("small rise",), EITHER: ("small fall", "small rise")}
EXCLUDED = {FALL: "excluded", RISE: "excluded rise", EITHER: "excluded both"}
WORDS_OF = {
    hoped: (*ESTABLISHED, *SMALL[hoped], EXCLUDED[hoped], "inconclusive", "open")
    for hoped in DIRECTIONS
}
WORDS = WORDS_OF[FALL]
DECIDING = ("calibrated", "p", "rings", "size", "excluded")
ANSWERS = {"yes": (True,), "no": (False,), "not evaluated": (True, False)}


def words(calibrated, falls, rises, rings, size, excluded, hoped: str = FALL) -> np.ndarray:
    """The verdict from answers, all evaluated; arrays of booleans of one shape.

    calibrated : the test counts as calibrated; falls, rises : it rejects, on that side of no effect
    rings : no ring moved against the effect; size : the estimate is at least the smallest effect
    excluded : the interval holds no fall of the smallest effect or more, or no rise, or neither
    hoped : of which of `DIRECTIONS`
    """
    calibrated, falls, rises, rings, size, excluded = np.broadcast_arrays(
        calibrated, falls, rises, rings, size, excluded
    )
    cases = {
        "inconclusive": ~calibrated,
        **{
            word: (falls if word == "small fall" else rises) & rings & excluded
            for word in SMALL[hoped]
        },
        "established fall": falls & rings & size,
        "established rise": rises & rings & size,
        EXCLUDED[hoped]: excluded,
    }
    return np.select(list(cases.values()), list(cases), "inconclusive")


def verdict(conditions: pd.DataFrame, hoped: str = FALL) -> str:
    """One of `WORDS_OF` what was hoped for, from `Gate` rows.

    What is not evaluated is tried with every answer that it could have: where the word is the same
    with each, it does not matter that one is missing. What the study cannot be asked has no row,
    and withholds nothing.
    """
    rows = conditions.set_index("condition")
    rows = rows.loc[[name for name in DECIDING if name in rows.index]]
    answers = dict.fromkeys(DECIDING, ANSWERS["yes"])
    answers |= {name: ANSWERS[answer] for name, answer in rows["passed"].items()}
    tries = _completions(answers, rows.loc["p", "direction"], hoped)
    found = {str(words(*tried, hoped=hoped)) for tried in tries}
    return found.pop() if len(found) == 1 else "open"


def _completions(
    answers: Mapping[str, tuple[bool, ...]], direction: str, hoped: str
) -> Iterator[tuple[bool, ...]]:
    """Every set of answers, in the order of `words`, that agrees with those that are known."""
    sides = [side for side in (FALL, RISE) if direction in ("", side)]
    rejects = [(side == FALL, side == RISE) for side in sides if True in answers["p"]]
    rejects += [(False, False)] * (False in answers["p"])
    others = [answers[name] for name in ("calibrated", "rings", "size", "excluded")]
    tried = len(answers["excluded"]) > 1
    for (falls, rises), (calibrated, rings, size, excluded) in itertools.product(
        rejects, itertools.product(*others)
    ):
        # Whatever the interval is, on the side of a rise it holds no fall, and an estimate that is
        # large enough is not excluded by it.
        against = {FALL: rises, RISE: falls, EITHER: False}[hoped]
        as_hoped = (falls or rises) and not against
        if tried and (against and not excluded or as_hoped and size and excluded):
            continue
        yield calibrated, falls, rises, rings, size, excluded
