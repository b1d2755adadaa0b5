"""Whole runs of another place as its panel grows: 60 units × 20 years, 2,500 units × 120 months.

    python benchmarks/large_panels.py                     # all of them, one core: some 25 minutes
    python benchmarks/large_panels.py years months_300    # some of them

Each is a seeded panel of counts with exposure and a known effect, a config of a dozen lines, and a
run of the workflow in a folder of its own below benchmarks/output/large/. Prints, and writes to
benchmarks/output/large_panels.csv, wall clock, CPU, the largest process and the size of the report,
as they are and as ratios to the smallest monthly panel, which has as many donors as the largest.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HOME = Path(__file__).resolve().parent.parent
OUTPUT = HOME / "benchmarks" / "output"
EFFECT = 0.6  # events of the treated unit after the start, against those without a programme
RATE = 45 / 1e5  # events of a person-year in the treated unit
SIDE_DEGREES = 0.01  # of the square that is a unit's outline


@dataclass(frozen=True)
class Size:
    """A panel. outlines : whether units have one, and a region: then there are maps, neighbours"""

    units: int
    periods: int
    pre: int
    yearly: bool = False
    outlines: bool = False


SIZES = {
    "years": Size(60, 20, 14, yearly=True),
    "months_300": Size(300, 120, 84),
    "months_1000": Size(1000, 120, 84),
    "months_2500": Size(2500, 120, 84),
    "mapped_2500": Size(2500, 120, 84, outlines=True),
}
SMALLEST = "months_300"


def panel(size: Size) -> pd.DataFrame:
    """Counts of unequal, growing units with common factors; those of the first one fall."""
    generator = np.random.default_rng(20200101)
    population = np.round(np.exp(generator.normal(11, 0.7, size.units)))
    rate = np.exp(generator.normal(0, 0.5, size.units)) * RATE
    population[0], rate[0] = 150_000, RATE
    length = 1 if size.yearly else 1 / 12
    elapsed = np.floor(np.arange(size.periods) * length)  # populations are of a year
    grown = np.exp(np.outer(generator.normal(0.01, 0.01, size.units), elapsed))
    exposure = np.round(population[:, None] * grown) * length
    factors = np.cumsum(generator.normal(0, 0.03, (3, size.periods)), axis=1)
    expected = rate[:, None] * exposure
    expected *= np.exp(generator.normal(0, 0.5, (size.units, 3)) @ factors)
    expected[0, size.pre :] *= EFFECT
    return pd.DataFrame(
        {
            "unit": np.repeat(names(size.units), size.periods),
            "period": np.tile(periods(size), size.units),
            "value": generator.poisson(expected).ravel(),
            "exposure": exposure.ravel().round(2),
        }
    )


def names(units: int) -> list[str]:
    return [f"U{unit:04d}" for unit in range(units)]


def periods(size: Size) -> list[str]:
    if size.yearly:
        return [str(2000 + year) for year in range(size.periods)]
    return [f"{2013 + month // 12}-{month % 12 + 1:02d}" for month in range(size.periods)]


def outlines(units: int) -> dict:
    """Squares, row by row, as GeoJSON."""
    side = int(np.ceil(np.sqrt(units)))
    features = []
    for number, name in enumerate(names(units)):
        west, south = -99 + SIDE_DEGREES * (number % side), 19 + SIDE_DEGREES * (number // side)
        corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
        ring = [
            [round(west + SIDE_DEGREES * x, 6), round(south + SIDE_DEGREES * y, 6)]
            for x, y in corners
        ]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"unit": name}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def write(name: str, folder: Path) -> Path:
    """The panel and the config of one size, in a folder; the path of the config."""
    size = SIZES[name]
    folder.mkdir(parents=True, exist_ok=True)
    panel(size).to_csv(folder / "panel.csv", index=False)
    lines = [
        f"study: {name}",
        f"title: {{en: A panel of {size.units} units}}",
        "data: panel.csv",
        "treated: U0000",
        f'start: "{periods(size)[size.pre]}"',
        "outcomes: [events]",
        "direction: fall",
        "language: en",
    ]
    if size.outlines:
        collection = json.dumps(outlines(size.units))
        (folder / "outlines.geojson").write_text(collection, encoding="utf-8")
        regions = [f"region {unit * 10 // size.units}" for unit in range(size.units)]
        units = pd.DataFrame({"unit": names(size.units), "region": regions})
        units.to_csv(folder / "units.csv", index=False)
        lines += ["polygons: outlines.geojson", "units: units.csv", "exclude_neighbours: true"]
    config = folder / "config.yaml"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


def run(name: str) -> dict:
    """What a whole run costs; in a process of its own, of whose children the largest is asked."""
    folder = OUTPUT / "large" / name
    config = write(name, folder)
    words = ["--snakefile", str(HOME / "Snakefile"), "--cores", "1", "--quiet", "all", "--forceall"]
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "snakemake", *words, "--configfile", config.name],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(HOME / "src")},
        check=True,
        stdout=sys.stderr,
    )
    wall, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    page = folder / "results" / name / "report.en.html"
    return {
        "panel": name,
        "wall_s": wall,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
        "page_mb": page.stat().st_size / 1e6,
    }


def main() -> None:
    if sys.argv[1:2] == ["--work"]:
        print(json.dumps(run(sys.argv[2])))
        return
    rows = []
    for name in sys.argv[1:] or SIZES:
        command = [sys.executable, __file__, "--work", name]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        rows.append(json.loads(done.stdout))
    table = pd.DataFrame(rows)
    base = table[table["panel"] == SMALLEST]
    for column in ("wall_s", "cpu_s", "peak_mb", "page_mb") if len(base) else ():
        table[f"{column.split('_')[0]}_ratio"] = table[column] / base[column].iloc[0]
    table.to_csv(OUTPUT / "large_panels.csv", index=False, float_format="%.4g")
    print(table.to_string(index=False, float_format=lambda value: f"{value:.4g}"))


if __name__ == "__main__":
    main()
