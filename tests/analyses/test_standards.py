"""What a study holds, counted on frames whose every number is known."""

import dataclasses
import inspect

import pytest

from evaluation.analyses.standards.checklists import FILLED
from evaluation.analyses.standards.compute import standards
from evaluation.analyses.standards.contract import Standards
from evaluation.study.statements import DECLARED, Statements
from tests.conftest import stating
from tests.page import conftest as world


@pytest.fixture(scope="module")
def study():
    return world._study()


@pytest.fixture(scope="module")
def frames(study):
    made = world.given_frames(study) | {
        "panel": world._panel(),
        "estimates": world._estimates(study),
        "solutions": world._solutions(),
        "placebos": world._placebos(),
        "headline_audit": world._headline_audit(),
    }
    return {name: made[name] for name in list(inspect.signature(standards).parameters)[1:]}


def counts(study, frames):
    return standards(study, **frames).set_index("condition")["count"].to_dict()


def test_every_condition_of_an_exhibit_is_counted(study, frames):
    found = standards(study, **frames)
    assert list(found.columns) == list(Standards.to_schema().columns)
    assert set(FILLED.values()) <= set(found["condition"])


def test_counts_by_hand(study, frames):
    found = counts(study, frames)
    # One primary row with an interval, one solution, six donors, four outcomes × … claims.
    assert (found["effect"], found["weights"], found["placebos"]) == (1, 1, 6)
    assert found["claims"] == 2 * 2  # two claimed outcomes, against the city and against the donors
    assert found["complete"] == 1  # homicides; the gap is that of shootings
    assert found["calibrated"] == 1
    assert found["frozen"] == 0 and found["controls"] == 0
    assert found["dated"] == 0  # the calendar has January to June 2020


@pytest.mark.parametrize(
    "name",
    [
        *("power", "balance", "headline_audit", "measurement", "spillover", "displacement"),
        *("contamination", "placebo_time", "start_dates", "leave_one_out", "donor_rules"),
        *("selection", "event_study", "pretrends", "honest_bounds", "outcome_family", "contrasts"),
        *("staggered", "assignment", "recovery", "specifications", "solutions", "placebos"),
    ],
)
def test_an_empty_analysis_holds_nothing(study, frames, name):
    names = {
        **{"headline_audit": "claims", "outcome_family": "outcomes", "contrasts": "lethality"},
        **{"assignment": "sensitivity", "solutions": "weights"},
    }
    condition = names.get(name, name)
    assert counts(study, frames)[condition] > 0
    empty = frames | {name: frames[name].iloc[:0]}
    assert counts(study, empty)[condition] == 0


def test_the_row_of_the_study_itself_answers_nothing(study, frames):
    alone = frames | {
        "specifications": frames["specifications"].query("primary"),
        "leave_one_out": frames["leave_one_out"].query("dimension == 'full'"),
        "donor_rules": frames["donor_rules"].query("rule == 'own'"),
        "start_dates": frames["start_dates"].query("own"),
        "spillover": frames["spillover"].query("zone == 'treated'"),
        "measurement": frames["measurement"].query("variant == 'base'"),
    }
    found = counts(study, alone)
    assert not any(
        found[name] for name in alone if name in found and alone[name] is not frames[name]
    )


def test_rows_without_a_number_answer_nothing(study, frames):
    bare = frames | {"spillover": frames["spillover"].assign(p_value=float("nan"))}
    assert counts(study, bare)["spillover"] == 0


def test_properties_follow_the_study(study, frames):
    panel = frames["panel"].copy()
    panel.loc[(panel["outcome"] == "homicide") & (panel["month"] == "2021-05"), "complete"] = False
    assert counts(study, frames | {"panel": panel})["complete"] == 0
    rows = frames["estimates"]
    for lane in ("frozen", "frozen post hoc"):
        changed = rows.assign(calibrated="no", lane=lane)
        found = counts(study, frames | {"estimates": changed})
        assert (found["calibrated"], found["frozen"]) == (0, 1)
    calendar = tuple(
        dataclasses.replace(entry, latest_entry=entry.entry) for entry in study.calendar
    )
    assert counts(dataclasses.replace(study, calendar=calendar), frames)["dated"] == 1
    definitions = tuple(
        dataclasses.replace(definition, role="negative control")
        if definition.name == "shooting"
        else definition
        for definition in study.definitions
    )
    stated = Statements(declared=tuple((key, (("en", "so"),)) for key in DECLARED))
    for statements, states in ((Statements(), 0), (stated, 1)):
        found = counts(dataclasses.replace(study, statements=statements), frames)
        assert {found[name] for name in ("registered", "funding", "conflicts")} == {states}
    unsourced = (dataclasses.replace(study.said.published_claims[0], source=""),)
    for claims, sourced in ((study.said.published_claims, 1), (unsourced, 0)):
        changed = stating(study, published_claims=claims)
        assert counts(changed, frames)["sourced"] == sourced
    # Three estimators × three windows.
    assert counts(dataclasses.replace(study, definitions=definitions), frames)["controls"] == 9


def test_places_must_be_known_to_the_end_of_the_window(study, frames):
    rows = frames["measurement"]
    placed = (rows["variant"] == "placed") & (rows["outcome"] == "homicide")
    assert placed.any()
    for last, known in (("2020-09", 0), ("2021-12", 1)):
        changed = rows.assign(last=rows["last"].mask(placed, last))
        assert counts(study, frames | {"measurement": changed})["places"] == known


def test_row_order_changes_nothing(study, frames):
    turned = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in frames.items()}
    assert standards(study, **turned).equals(standards(study, **frames))
