"""The drawing of the rules: what Snakemake plans, in the rooms of the house, readable."""

import itertools
import re

import pytest

from building.rules import (
    DRAWING,
    ROOMS,
    WIDTH,
    drawing,
    drawn_edges,
    laid_out,
    planned,
    rooms_of,
)
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def edges():
    return drawn_edges(planned())


def test_the_drawing_in_the_documents_is_of_the_workflow_as_it_is(edges):
    drawn = drawing(edges, rooms_of(edges))
    assert DRAWING.read_text(encoding="utf-8") == drawn, "python -m building.rules draws it again"


def test_every_rule_that_is_drawn_is_described_by_its_room(edges):
    rooms = rooms_of(edges)
    text = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", text.partition("## The workflow")[2]))
    assert set(rooms) <= named and len(rooms) > 20
    assert set(rooms.values()) <= set(ROOMS)
    expected = {"pull": "sources", "build_panel": "panel", "estimate": "inference"}
    expected |= {"calibrate": "calibration", "collect_specifications": "analyses"}
    assert expected.items() <= rooms.items()


def test_boxes_stay_apart_and_on_the_sheet(edges):
    spots, threads = laid_out(edges, rooms_of(edges))
    for spot in spots.values():
        assert spot.x - spot.half > 110 and spot.x + spot.half < WIDTH - 10
    for a, b in itertools.combinations(spots.values(), 2):
        assert a.band != b.band or abs(a.x - b.x) > a.half + b.half + 5
    passing = [spot for thread in threads for spot in thread[1:-1]]
    assert passing
    for point, box in itertools.product(passing, spots.values()):
        assert point.band != box.band or abs(point.x - box.x) > box.half


def test_arrows_that_follow_from_others_are_left_out():
    edges = {("a", "b"), ("b", "c"), ("a", "c"), ("c", "all"), ("b", "b"), ("a", "d")}
    assert drawn_edges(edges) == {("a", "b"), ("b", "c"), ("a", "d")}
