"""What the page says of the secondary line: of its first estimator, and of other laws alone."""

from dataclasses import replace

import pandas as pd
import pytest

from evaluation.analyses.secondary import facts
from evaluation.analyses.secondary.contract import BREAK, OWN
from evaluation.analyses.secondary.figure import secondary_laws

NAMES = ("secondary", "estimates", "sizes", "power")


def said(study, frames):
    return facts.numbers(study, **{name: frames[name] for name in NAMES})


def test_wider_straying_leaves_the_estimate_itself_out(study, frames):
    rows = frames["secondary"]
    own = rows[(rows["law"] == OWN) & (rows["strength"] == 1)]["p_value"].item()
    found = said(study, frames)
    assert found["secondary_wider_least_p"] > own
    alone = rows[(rows["law"] != OWN) | (rows["strength"] == 1)]
    found = said(study, frames | {"secondary": alone})
    assert found["secondary_wider_least_p"] is None
    assert "secondary_wider" not in facts.reading("secondary", found)


@pytest.mark.parametrize("added", ["did", "synthetic_control"])
def test_sentences_and_figure_are_about_the_first_estimator_of_the_config(
    study, frames, language, added
):
    rows = frames["secondary"]
    other = rows[rows["law"] != BREAK].assign(estimator=added, effect_percent=40.0)
    both = pd.concat([other, rows], ignore_index=True)
    two = replace(study.secondary, estimators=("poisson_kriging", added))
    _, alone = secondary_laws(study, language, secondary=rows)
    _, text = secondary_laws(replace(study, secondary=two), language, secondary=both)
    assert text == alone
    # The first without rows: nothing is said in its name.
    found = said(replace(study, secondary=two), frames | {"secondary": other})
    assert found["secondary_estimator"] is None
