"""Draw the rules of the workflow by room: `python -m building.rules`, or `make docs`.

What is drawn is what Snakemake plans (`--d3dag`) for a month of a study that pulls its files: a
box a rule, an arrow where one needs another, without those that follow from two others.
"""

import ast
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DRAWING = ROOT / "docs" / "rules.svg"
PLANNED = ("--d3dag", "--config", "raw=data", "--", "month")
# In the order of imports (docs/house.md).
ROOMS = ("study", "sources", "panel", "design", "estimators", "inference", "calibration")
ROOMS += ("releases", "page", "analyses")
DOWN = (*ROOMS[:-2], "analyses", "page")  # as they are drawn: the page is what comes out
TARGETS = {"all", "month"}  # they only ask for what others make
Edges = set[tuple[str, str]]

WIDTH, LEFT, SIDE = 1000, 118, 12  # pixels
LETTER, BOX, BAND, BETWEEN, APART, THREAD = 7.85, 28, 58, 20, 22, 16
SWEEPS = 24
STYLE = """\
.ground { fill: #ffffff; }
text { font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1a1a1a; }
.room { font: 600 14px system-ui, "DejaVu Sans", sans-serif; fill: #3a3a3a; }
.band { fill: #eef2f7; } .rule { fill: #ffffff; stroke: #44617f; }
.arrow { fill: none; stroke: #5b6b7b; stroke-width: 1.2; } marker path { fill: #5b6b7b; }
@media (prefers-color-scheme: dark) {
.ground { fill: #14181d; } text { fill: #e8eaed; } .room { fill: #c3c9d0; }
.band { fill: #1f262e; } .rule { fill: #14181d; stroke: #8fb0d2; }
.arrow { stroke: #98a5b3; } marker path { fill: #98a5b3; }
}
"""


@dataclass
class Spot:
    """A box, or where an arrow passes a band: its band, its middle and half its width there."""

    band: int
    x: float
    half: float
    rule: str = ""


def planned() -> Edges:
    """Which rule needs which, as Snakemake plans it where nothing has run: (needed, needing)."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), *PLANNED]
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(command, cwd=empty, capture_output=True, text=True, check=True)
    graph = json.loads(done.stdout)
    rules = {node["id"]: node["value"]["rule"] for node in graph["nodes"]}
    return {(rules[edge["u"]], rules[edge["v"]]) for edge in graph["edges"]}


def drawn_edges(edges: Edges) -> Edges:
    """The arrows between two rules that make something, without those that follow from others."""
    edges = {(a, b) for a, b in edges if a != b and not {a, b} & TARGETS}
    after = {a: {y for x, y in edges if x == a} for a, _ in edges}

    def reached(rule: str) -> set[str]:
        found, todo = set(), [rule]
        while todo:
            new = after.get(todo.pop(), set()) - found
            found |= new
            todo += new
        return found

    beyond = {rule: reached(rule) for pair in edges for rule in pair}
    return {(a, b) for a, b in edges if not any(b in beyond[c] for c in after[a] - {b})}


def rooms_of(edges: Edges) -> dict[str, str]:
    """The room of each rule: of the function of its name, or the last that its script needs.

    A rule without a script of its name writes the study's own choices; one whose script needs the
    study alone is where that is from which its only input comes.
    """
    found = {rule: _room(rule) for rule in sorted({rule for pair in edges for rule in pair})}
    for rule, room in found.items():
        needed = {found[a] for a, b in edges if b == rule}
        if room == "study" and len(needed) == 1:
            found[rule] = needed.pop()
    return found


def _room(rule: str) -> str:
    path = ROOT / "workflow" / "scripts" / f"{rule}.py"
    if not path.is_file():
        return "study"
    named = [
        (node.module.split(".")[1], alias.name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("evaluation.")
        for alias in node.names
    ]
    own = [room for room, name in named if name == rule]
    return own[0] if own else max((room for room, _ in named), key=ROOMS.index)


def columns(edges: Edges, rooms: Mapping[str, str]) -> dict[str, int]:
    """The column of each rule within its room: how many rules there it needs, one after another."""
    within = {(a, b) for a, b in edges if rooms[a] == rooms[b]}
    found = dict.fromkeys(rooms, 0)
    for _ in rooms:
        for a, b in within:
            found[b] = max(found[b], found[a] + 1)
    return found


def laid_out(edges: Edges, rooms: Mapping[str, str]) -> tuple[dict[str, Spot], list[list[Spot]]]:
    """Where each rule is, and the spots that each arrow leads through, its two rules included."""
    bands = [room for room in DOWN if room in rooms.values()]
    column = columns(edges, rooms)
    spots = {
        rule: Spot(bands.index(room), WIDTH / 2 + column[rule], _half(rule), rule)
        for rule, room in rooms.items()
    }
    threads = []
    for a, b in sorted(edges):
        first, last = spots[a], spots[b]
        passed = range(first.band + 1, last.band)
        threads.append([first, *(Spot(band, WIDTH / 2, THREAD / 2) for band in passed), last])
    rows = [
        [spot for spot in spots.values() if spot.band == band]
        + [spot for thread in threads for spot in thread[1:-1] if spot.band == band]
        for band in range(len(bands))
    ]
    for _ in range(SWEEPS):
        for row in [*rows, *reversed(rows)]:
            _settle(row, threads, column)
    return spots, threads


def _half(rule: str) -> float:
    return (len(rule) * LETTER + 14) / 2


def _settle(row: list[Spot], threads: list[list[Spot]], column: Mapping[str, int]) -> None:
    """Move the spots of a band below those that they are tied to, in order and apart."""
    wanted = {}
    for spot in row:
        ties = [
            other.x
            for thread in threads
            for one, two in zip(thread, thread[1:], strict=False)
            for mine, other in ((one, two), (two, one))
            if mine is spot and other.band != spot.band
        ]
        wanted[id(spot)] = sum(ties) / len(ties) if ties else spot.x
    boxes = sorted(
        (spot for spot in row if spot.rule), key=lambda s: (column[s.rule], wanted[id(s)], s.rule)
    )
    for before, after in zip(boxes, boxes[1:], strict=False):  # their order is that of work
        wanted[id(after)] = max(wanted[id(after)], wanted[id(before)] + 1e-6)
    order = sorted(row, key=lambda spot: wanted[id(spot)])
    gaps = [0.0]
    for before, after in zip(order, order[1:], strict=False):
        apart = APART if before.rule and after.rule else APART / 2
        gaps.append(gaps[-1] + before.half + after.half + apart)
    low, high = LEFT + order[0].half, WIDTH - SIDE - 10 - order[-1].half - gaps[-1]
    free = _rising([wanted[id(spot)] - gap for spot, gap in zip(order, gaps, strict=True)])
    for spot, gap, value in zip(order, gaps, free, strict=True):
        spot.x = min(max(value, low), max(low, high)) + gap


def _rising(values: list[float]) -> list[float]:
    """The closest values that do not fall (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for value in values:
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, count = blocks.pop()
            before, many = blocks[-1]
            blocks[-1] = [(before * many + mean * count) / (many + count), many + count]
    return [mean for mean, count in blocks for _ in range(int(count))]


def _middle(spot: Spot) -> float:
    return BETWEEN + spot.band * (BAND + BETWEEN) + BAND / 2


def _arrow(thread: list[Spot]) -> str:
    first, last = thread[0], thread[-1]
    y = _middle(first)
    if first.band == last.band:
        boxes_between = last.x - first.x > first.half + last.half + APART + 1
        if not boxes_between:
            return f"M{first.x + first.half:.1f} {y:.1f}H{last.x - last.half - 6:.1f}"
        over = y - BOX / 2
        return (
            f"M{first.x:.1f} {over:.1f}C{first.x:.1f} {over - 24:.1f} "
            f"{last.x:.1f} {over - 24:.1f} {last.x:.1f} {over - 6:.1f}"
        )
    down = 1 if last.band > first.band else -1
    line, x = f"M{first.x:.1f} {y + down * BOX / 2:.1f}", first.x
    y += down * BOX / 2
    for spot in thread[1:]:
        end = _middle(spot) - down * (BOX / 2 + 6)
        half = (y + end) / 2
        line += f"C{x:.1f} {half:.1f} {spot.x:.1f} {half:.1f} {spot.x:.1f} {end:.1f}"
        x, y = spot.x, end
        if spot is not last:
            y = _middle(spot) + down * BOX / 2
            line += f"V{y:.1f}"
    return line


def drawing(edges: Edges, rooms: Mapping[str, str]) -> str:
    """The rules by room as an SVG that is light or dark with its reader."""
    spots, threads = laid_out(edges, rooms)
    bands = [room for room in DOWN if room in rooms.values()]
    height = BETWEEN + len(bands) * (BAND + BETWEEN)
    parts = []
    for number, room in enumerate(bands):
        top = BETWEEN + number * (BAND + BETWEEN)
        parts.append(
            f'<rect class="band" x="{SIDE}" y="{top}" width="{WIDTH - 2 * SIDE}" '
            f'height="{BAND}" rx="8"/>\n'
            f'<text class="room" x="{SIDE + 10}" y="{top + BAND / 2 + 5:.0f}">{room}</text>'
        )
    parts += [
        f'<path class="arrow" d="{_arrow(thread)}" marker-end="url(#end)"/>' for thread in threads
    ]
    for rule, spot in spots.items():
        y = _middle(spot)
        parts.append(
            f'<rect class="rule" x="{spot.x - spot.half:.1f}" y="{y - BOX / 2:.1f}" '
            f'width="{2 * spot.half:.1f}" height="{BOX}" rx="5"/>\n'
            f'<text x="{spot.x:.1f}" y="{y + 4.5:.1f}" text-anchor="middle">{escape(rule)}</text>'
        )
    said = "; ".join(
        f"{room}: {', '.join(sorted(rule for rule in rooms if rooms[rule] == room))}"
        for room in bands
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img">\n<title>The rules of the workflow by room</title>\n'
        f"<desc>{said}</desc>\n<style>\n{STYLE}</style>\n"
        '<defs><marker id="end" viewBox="0 0 8 8" refX="1.5" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>\n'
        '<rect class="ground" width="100%" height="100%"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def drawn() -> str:
    """The drawing of the workflow as it is."""
    edges = drawn_edges(planned())
    return drawing(edges, rooms_of(edges))


if __name__ == "__main__":
    DRAWING.write_text(drawn(), encoding="utf-8")
