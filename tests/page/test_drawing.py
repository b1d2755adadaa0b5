"""Drawings made light are the same drawings."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from evaluation.page.drawing import light, short_path

HALF = 0.05 + 1e-9  # of a tenth


def points(path):
    """Every place that a path of straight lines visits, in order."""
    tokens = re.findall(r"[A-Za-z]|-?[\d.]+", path)
    here, start, command, found = np.zeros(2), np.zeros(2), "", []
    while tokens:
        if tokens[0].isalpha():
            command = tokens.pop(0)
        if command == "z":
            here = start
            continue
        sizes = {"h": (1, 0), "v": (0, 1)}.get(command)
        if sizes:
            here = here + float(tokens.pop(0)) * np.array(sizes)
        else:
            step = np.array([float(tokens.pop(0)), float(tokens.pop(0))])
            here = here + step if command == "l" else step
        if command == "M":
            start = here
        found.append(here)
    return np.array(found)


@pytest.mark.parametrize("seed", range(20))
def test_a_short_path_visits_the_same_places(seed):
    rng = np.random.default_rng(seed)
    places = np.cumsum(rng.normal(0, rng.choice([0.3, 5, 80]), (40, 2)), axis=0)
    long = "\n".join(
        f"{'M' if i % 13 == 0 else 'L'} {x:.6f} {y:.6f} " for i, (x, y) in enumerate(places)
    )
    short = short_path(long)
    visited = points(short)
    assert len(short) < len(long) / 2 and len(visited) > 20
    # A step of no length is left out: each place that was given is one of those visited, in order.
    position = 0
    for place in places:
        distance = np.abs(visited[position:] - place).max(axis=1)
        assert distance.min() <= HALF, (place, visited[position : position + 3])
        position += int(np.argmax(distance <= HALF))


def test_errors_do_not_add_up_along_a_line():
    line = "M 0 0 " + "".join(f"L {0.04 * i} {0.06 * i} " for i in range(1, 1001))
    assert np.abs(points(short_path(line))[-1] - [40, 60]).max() <= HALF


@pytest.mark.parametrize(
    ("given", "short"),
    [
        ("M 0 453.54 \nL 510.24 453.54 \nL 510.24 0 \nz\n", "M0 453.5h510.2v-453.5z"),
        ("M 1 2 L 3 4 L 2 6", "M1 2l2 2-1 2"),
        ("M 1 2 L 1 2", "M1 2h0"),  # a dot, where line ends are round
        ("M 1.26 2 C 1 2 3 4 5.55 6 ", "M1.3 2C1 2 3 4 5.5 6"),
    ],
)
def test_paths_by_hand(given, short):
    assert short_path(given) == short


def test_ids_styles_and_empty_groups():
    svg = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
     viewBox="0 0 9 9"><metadata>x</metadata><defs>
     <style type="text/css">*{stroke-linecap: butt}</style>
     <clipPath id="long_name"><rect x="1.234" y="0" width="2" height="3"/></clipPath></defs>
     <g id="figure_1"><g id="line_1"><path d="M 0 0 L 1 1" clip-path="url(#long_name)"
     style="fill: none; stroke: #ff0000"/></g><g id="line_2"><path d="M 0 0 L 2 1"
     style="fill: none; stroke: #ff0000"/><use xlink:href="#mark"/></g>
     <path id="mark" d="M 0 0 L 0 1"/>
     <text style="font-family: 'DejaVu Sans'" x="1">A &amp; b</text></g></svg>"""
    made = light(svg)
    root = ElementTree.fromstring(made)
    assert "metadata" not in made and "figure_1" not in made
    ids = {one.attrib["id"] for one in root.iter() if "id" in one.attrib}
    assert ids == {"i1", "i2"} and "url(#i1)" in made and 'href="#i2"' in made
    assert made.count("stroke:#ff0000") == 1 and made.count('class="c1"') == 2
    assert "A &amp; b</text>" in made and "Verdana" in made
    assert light(svg) == made
