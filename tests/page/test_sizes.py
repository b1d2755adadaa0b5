"""Table `sizes`: every world by name, which of them decide, and which sizes are accepted."""

import pandas as pd
import pytest

from evaluation.analyses.sizes.table import sizes
from evaluation.calibration.null_worlds import SHOCK, WORLDS, worlds
from evaluation.calibration.thresholds import label_estimates
from evaluation.page.language import Language
from tests.conftest import stating


def in_worlds(study, given: pd.DataFrame) -> pd.DataFrame:
    """One row of sizes for every world that is ever measured."""
    row = given[given["inference"] == study.decisive_test].iloc[0].to_dict()
    rows = [
        row | {"world": world.name, "strength": world.strength}
        for world in (*worlds(study.calibration.drifts), *WORLDS)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("code", ["en", "es"])
def test_every_world_has_a_name_and_says_whether_it_decides(study, frames, code):
    language, given = Language(code), in_worlds(study, frames["sizes"])
    given.loc[given["world"] == "zeros", ["panel_p", "decides"]] = [0.01, False]
    given.loc[given["world"] == SHOCK, ["panel_p", "decides"]] = [float("nan"), False]
    given.loc[given["world"] == "drift by size", ["size", "low", "high"]] = [0.1, 0.04, 0.06]
    table = sizes(study, language, sizes=given).frame
    assert table["world"].is_unique
    answers = [language(f"table.sizes.decides.{key}") for key in ("yes", "no", "never")]
    counts = table["decides"].value_counts()
    assert [counts[answer] for answer in answers] == [len(table) - 6, 2, 4]
    assert (table["accepted"] == language("table.sizes.no")).sum() == 2


def test_estimates_get_their_lane_from_the_study(study, frames):
    """Every row has a hash of its own specification; what is frozen is the study."""
    estimates = frames["estimates"].copy()
    seen, later = "a1b2c3d4e5f6", "0123456789ab"
    estimates["data_vintage"] = [seen if row % 2 else later for row in range(len(estimates))]
    frozen = stating(study, frozen_hash=study.hash, frozen_vintage=seen)
    found = label_estimates(estimates, frames["sizes"], frozen.lane)
    lanes = found.groupby("data_vintage")["lane"].agg(set).to_dict()
    assert lanes == {seen: {"frozen post hoc"}, later: {"exploratory"}}
