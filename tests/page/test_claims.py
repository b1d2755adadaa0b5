"""What is said of the claims, and of how many p-values they are among."""

import dataclasses

import pandas as pd

from evaluation.analyses.claims import facts as facts
from evaluation.analyses.claims.compute import claims
from evaluation.analyses.claims.table import claims as table_of
from evaluation.analyses.inference import facts as centre
from evaluation.page.latex_writer import to_latex
from evaluation.page.table_writer import to_csv, to_html
from tests.page.made import given, reading


def test_the_table_follows_the_order_of_the_study(study, frames, language):
    table = table_of(study, language, claims=frames["claims"])
    assert list(table.frame["place"]) == [1, 2, 3, 4]
    assert table.frame["status"].tolist() == [
        language("table.claims.status.not supported"),
        *[language("table.claims.status.not reached")] * 3,
    ]
    assert table.frame["p"].tolist()[:3] == [0.25] * 3 and table.frame["p"].iloc[3] == 0.04


def test_without_claims_the_note_says_so(study, language):
    bare = dataclasses.replace(study, claims=())
    none = claims(bare, estimates=pd.DataFrame(), staggered=pd.DataFrame())
    table = table_of(bare, language, claims=none)
    assert table.frame.empty and table.note == language("table.claims.none", level="5")
    for write in (to_csv, to_html, to_latex):
        assert language("table.claims.place") in write(table, language)


def test_numbers_count_what_concerns_the_programme_once(study, frames):
    found = facts.numbers(study, **given(facts.numbers, frames))
    assert (found["claims_steps"], found["claims_supported"]) == (4, 0)
    assert found["claims_stopped_outcome"] == "homicide"
    assert reading("claims", found) == ["claims_stopped", "claims_count", "claims_order"]
    own = ("estimates", "specifications", "start_dates", "leave_one_out", "donor_rules")
    own += (
        "contrasts",
        "spillover",
        "contamination",
        "measurement",
        "staggered",
        "joint_inference",
    )
    by_hand = sum(int(frames[name]["p_value"].notna().sum()) for name in own)
    by_hand += int(frames["placebo_time"].query("treated")["p_value"].notna().sum())
    rings = frames["ring_events"].groupby(["zone", "outcome"])["p_value"].first()
    by_hand += int(rings.notna().sum())
    by_hand += int(
        frames["outcome_family"][["adjusted_p", "adjusted_family_p"]].notna().sum().sum()
    )
    by_hand += int(frames["pretrends"][["p_sup", "p_wald"]].notna().sum().sum())
    assert found["p_values"] == by_hand
    assert found["p_values_expected"] == round(0.05 * by_hand)


def test_all_and_none(study, frames):
    done = frames["claims"].assign(status="supported", reason="")
    found = facts.numbers(study, **given(facts.numbers, frames | {"claims": done}))
    assert reading("claims", found)[0] == "claims_all"
    empty = frames | {"claims": frames["claims"].iloc[:0]}
    found = facts.numbers(study, **given(facts.numbers, empty))
    assert reading("claims", found) == ["claims_none"]


def with_centre(estimates, values):
    """The estimates with rows of the other centre, p by estimator."""
    keys = (estimates["outcome"] == "homicide") & (estimates["window"] == "B")
    base = estimates[keys & (estimates["inference"] == centre.PLAIN)]
    rows = [
        base.assign(inference=name, p_value=base["estimator"].map(values) / (1 + place))
        for place, name in enumerate((centre.PRECISION, f"{centre.PRECISION}_calibrated"))
    ]
    return pd.concat([estimates, *rows], ignore_index=True)


def sentences(study, found):
    """Those on the centre, which come last."""
    other = {"calibration": "no", "primary_test": study.decisive_test}
    other |= {"plain_test": study.tests[0], "placebos_without_ratio": 0}
    keys = reading("inference", found | other)
    return keys[keys.index("inference") + 1 :]


def test_the_centre_is_said_from_rows(study, frames):
    values = {"demeaned_synthetic_control": 2 / 7, "synthetic_control": 1 / 7, "did": 4 / 7}
    found = centre.numbers(study, estimates=with_centre(frames["estimates"], values))
    assert (found["centre_p"], found["centre_calibrated_p"]) == (2 / 7, 1 / 7)
    assert sentences(study, found) == ["centre_calibrated"]
    assert sentences(study, found | {"centre_calibrated_p": None}) == ["centre"]


def test_without_the_other_centre_nothing_is_said_of_it(study, frames):
    found = centre.numbers(study, estimates=frames["estimates"])
    assert set(found.values()) == {None}
    assert sentences(study, found) == []
    other = dataclasses.replace(study, centre="precision")
    assert set(centre.numbers(other, estimates=frames["estimates"]).values()) == {None}
    ranked = dataclasses.replace(study, tests=("permutation_raw",))
    assert sentences(ranked, found) == []
