"""Columns that contracts inherit: where they stand in the table, and that they are held to."""

import math

import pandas as pd
import pytest
from pandera.typing.pandas import Series

from evaluation.analyses.spillover.contract import Spillover
from evaluation.inference.contract import AlternativeEffects, Effect, Interval
from evaluation.study.contract import from_rows
from evaluation.study.errors import InputError

TESTED = ["ci_low", "ci_high", "p_value", "smallest_p"]
EFFECT = ["observed", "counterfactual", "log_rate_ratio", *TESTED]


class Ranked(Interval, after="unit"):
    unit: Series[str]
    note: Series[str]


class Dated(Ranked):
    start: Series[str]


def test_inherited_columns_stand_after_the_one_that_is_named():
    assert list(Effect.to_schema().columns) == EFFECT
    assert list(Ranked.to_schema().columns) == ["unit", *TESTED, "note"]
    assert list(Dated.to_schema().columns) == ["unit", *TESTED, "note", "start"]
    assert list(Spillover.to_schema().columns)[3:11] == ["estimator", *EFFECT]
    place = list(AlternativeEffects.to_schema().columns).index("effect_percent")
    assert list(AlternativeEffects.to_schema().columns)[place + 1 : place + 5] == TESTED


def test_a_table_has_that_order_and_its_rows_are_checked():
    row = {"p_value": 0.2, "note": "", "unit": "A"}
    table = from_rows([row], Ranked)
    assert list(table.columns) == ["unit", *TESTED, "note"] and math.isnan(table["ci_low"][0])
    with pytest.raises(InputError, match="line 2, column p_value: found 1.5"):
        from_rows([row | {"p_value": 1.5}], Ranked)
    pd.testing.assert_frame_equal(table, Ranked.validate(table))
