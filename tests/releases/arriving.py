"""Simulated releases on the way that real ones take: folder, store, reading, map, counts, gate."""

import gzip
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evaluation.panel.build import build_panel
from evaluation.panel.counts import classify
from evaluation.panel.maps import prepare_maps
from evaluation.panel.shipping import (
    count_tables,
    gather,
    locate_incidents,
    raw_files,
    sectors_of_map,
)
from evaluation.releases.arrival import Held
from evaluation.releases.summary import summarise
from evaluation.simulate.city import write_maps
from evaluation.simulate.incidents import Scenario, releases, simulate
from evaluation.sources.layouts import Delitos, read_incidents
from evaluation.sources.plan import INCIDENTS, parse_source
from evaluation.sources.pull import pull
from evaluation.sources.reference import read_polygons
from evaluation.sources.vintages import Store
from evaluation.study.months import shifted
from evaluation.study.outcomes import OutcomeDefinition
from evaluation.study.study import load, load_outcomes

LAYOUT = "carpetas acumulado"
MAPS: dict[tuple[str, ...], tuple] = {}  # prepared once for the same files


@cache
def study():
    return load("config/config.yaml")


@cache
def definitions() -> dict[str, OutcomeDefinition]:
    return load_outcomes("config/outcomes.yaml")


@dataclass(frozen=True)
class Lines:
    """A file as text: its name without endings, its header and its rows, each with its end."""

    name: str
    header: str
    rows: list[str]

    def cell(self, row: str, column: str) -> str:
        return row.split(",")[self.header.strip().split(",").index(column)]

    def where(self, column: str, test) -> list[bool]:
        place = self.header.strip().split(",").index(column)
        return [bool(test(row.rstrip("\n").split(",")[place])) for row in self.rows]

    def put(self, rows: list[bool], column: str, value: str) -> "Lines":
        place, made = self.header.strip().split(",").index(column), []
        for row, wanted in zip(self.rows, rows, strict=True):
            cells = row.rstrip("\n").split(",")
            if wanted:
                cells[place] = value
            made.append(",".join(cells) + "\n")
        return Lines(self.name, self.header, made)

    def keep(self, rows: list[bool]) -> "Lines":
        kept = [row for row, wanted in zip(self.rows, rows, strict=True) if wanted]
        return Lines(self.name, self.header, kept)


def plain(rows: list[str]) -> list[str]:
    """Rows without quoted commas, so that a test can change their cells."""
    return [row for row in rows if '"' not in row]


def lines_of(scenario: Scenario, folder: Path, name: str) -> Lines:
    """The rows of a simulated file, in the order of their opening as the office writes them."""
    path = folder / f"{name}.csv"
    simulate(scenario, LAYOUT, path)
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.unlink()
    opened = header.split(",").index("fecha_inicio")
    return Lines(name, header, sorted(plain(rows), key=lambda row: row.split(",")[opened]))


def named(scenario: Scenario) -> str:
    return f"carpetasFGJ_acumulado_{scenario.cut[:7].replace('-', '_')}"


def arrive(files: list[Lines], now: str, folder: Path, city, maps: Path | None = None) -> Held:
    """What the gate is given of a release, read as a run reads it."""
    shutil.rmtree(folder, ignore_errors=True)
    for lines in files:
        path = folder / "given" / "fgj" / f"{lines.name}.csv.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress("".join([lines.header, *lines.rows]).encode(), 1))
    if maps is None:
        write_maps(city, folder / "given" / "sectors")
    else:
        shutil.copytree(maps, folder / "given" / "sectors")
    block = {"from": "files", "folder": str(folder / "given"), "store": str(folder / "store")}
    block |= {"files": ["fgj/*"]}
    block |= {f"quadrants_{year}": f"sectors/cuadrantes_{year}.gpkg" for year in (2016, 2023)}
    source = parse_source(block)
    pulled = pull(source, now)
    store = Store(source.store)
    days = store.retrieval_days()
    delitos = Delitos(definitions())
    readings = {
        row.name: read_incidents(
            store.verified(row.sha256), delitos, row.name, retrieved=days[row.sha256]
        )
        for row in pulled[pulled["kind"] == INCIDENTS].itertuples()
    }
    return held(gather(readings), pulled, store, source, days)


def held(tables, pulled, store, source, days) -> Held:
    shas = tuple(pulled.loc[pulled["kind"].str.startswith("quadrants"), "sha256"])
    if shas not in MAPS:
        made = prepare_maps(
            pulled, source.map, lambda sha256: read_polygons(store.verified(sha256)), {}, dict
        )
        MAPS[shas] = made.frozen, sectors_of_map(made.year, made.frozen, made.other, None)
    frozen, sectors = MAPS[shas]
    located = locate_incidents(tables["incidents"], frozen)
    parts = pulled[pulled["kind"] == INCIDENTS]
    raw = raw_files(parts, days)
    others = tables["others"].groupby(["source", "year"], as_index=False)["rows"].sum()
    counted = count_tables(
        classify(located, raw, definitions()),
        {file.name: others[others["source"] == file.name].drop(columns="source") for file in raw},
        dict(zip(parts["name"], parts["rows"], strict=True)),
        sectors["sector"],
        definitions(),
        raw,
    )
    panel = build_panel(counted["sector_month"], counted["coverage"], sectors, study())
    summary = summarise(located, tables["others"], tables["review"], pulled, definitions(), days)
    return Held(panel, sectors, counted["coverage"], summary)


def sequence(scenario: Scenario, first: str, number: int):
    """The scenarios of some releases and the time at which each is retrieved."""
    return [
        (one, f"{shifted(one.cut[:7], 1)}-05T06:00:00Z")
        for one in releases(scenario, first, number)
    ]
