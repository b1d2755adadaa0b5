"""The curve of tens of thousands of specifications: bands, true to their groups, in few bytes."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from evaluation.analyses.specifications import figure as curve
from evaluation.analyses.specifications.bands import GROUPS, LIGHT, MIDDLE, MOST, draw_bands
from evaluation.page import theme
from evaluation.page.language import Language


def many(rows, count):
    """So many specifications: those estimated again and again, apart by a digit."""
    rows = rows[rows["reason"] == ""]
    again = rows.iloc[np.arange(count) % len(rows)].reset_index(drop=True)
    moved = again["log_rate_ratio"] + np.linspace(0, 0.05, count)
    return again.assign(
        specification=[f"{name}|{number}" for number, name in enumerate(again["specification"])],
        log_rate_ratio=moved,
        effect_percent=100 * np.expm1(moved),
        primary=again["primary"] & ~again["specification"].duplicated(),
    )


def texts(drawn):
    return [text.get_text() for axes in drawn.axes for text in axes.texts]


def bands(drawn):
    return [one for one in drawn.axes[0].patches if isinstance(one, StepPatch)]


@pytest.mark.parametrize("count", [MOST + 1, 50_000])
def test_many_specifications_are_bands_in_few_bytes(count, study, language, frames):
    rows = many(frames["specifications"], count)
    drawn, alt = curve.specification_curve(study, language, specifications=rows)
    assert len(bands(drawn)) == 2 and len(drawn.axes[0].lines[0].get_xdata()) <= 2 * GROUPS
    assert language.number(count, 0) in alt
    wanted = language("figure.specification_curve.rejecting", nominal=language.general(0.05))
    assert texts(drawn)[0] == wanted
    svg = theme.svg_bytes(drawn)
    assert len(svg) < 120_000
    again, _ = curve.specification_curve(study, language, specifications=rows.sample(frac=1))
    assert theme.svg_bytes(again) == svg


def test_few_specifications_are_drawn_one_by_one(study, frames):
    rows = many(frames["specifications"], MOST)
    drawn, _ = curve.specification_curve(study, Language("en"), specifications=rows)
    assert not bands(drawn) and len(drawn.axes[0].lines[0].get_xdata()) == MOST
    assert "p ≤ 0.05" not in texts(drawn)
    intervals = drawn.axes[0].patches[:2]
    assert sum(len(one.get_path().vertices) for one in intervals) == 2 * MOST


def test_bands_are_quantiles_of_the_ends_in_their_group():
    count = 10 * GROUPS
    effect = np.linspace(-1, 1, count)
    noise = np.tile(np.arange(10.0), GROUPS) / 100
    ends = np.stack([effect - 1 - noise, effect + 1 + noise], axis=1)
    ends[::10, 0] = np.nan  # without a lower end
    axes = Figure().subplots()
    draw_bands(axes, ends, effect, "black")
    found = {one.get_facecolor()[0]: one.get_data() for one in axes.patches}
    for shade, tail in ((LIGHT, 0.1), (MIDDLE, 0.5)):
        grey = int(shade[1:3], 16) / 255
        values, edges, baseline = found[grey]
        assert np.array_equal(edges, np.arange(0, count + 1, 10) - 0.5)
        for group in (0, 77, GROUPS - 1):
            mine = pd.DataFrame(ends[10 * group : 10 * group + 10])
            assert values[group] == mine[1].quantile(1 - tail)
            assert baseline[group] == mine[0].quantile(tail)
    line = axes.lines[0]
    assert np.array_equal(line.get_ydata(), effect[line.get_xdata()])
    assert {0, count - 1} <= set(line.get_xdata())


def test_a_group_without_ends_leaves_a_gap(study, frames):
    rows = many(frames["specifications"], MOST + 1)
    rows.loc[:, ["ci_low", "ci_high"]] = np.nan
    drawn, _ = curve.specification_curve(study, Language("en"), specifications=rows)
    assert all(np.isnan(one.get_data().values).all() for one in bands(drawn))
    assert theme.svg_bytes(drawn)
