"""A specification curve of 50,000 specifications on 300 units: what it costs, and the study itself.

    python benchmarks/large_grid.py FOLDER          writes panel.csv, distances.csv, config.yaml
    python benchmarks/large_grid.py FOLDER --cost   runs 8 of its 200 parts, and prints the bill

Simulated monthly counts, 2003 to 2022, of unequal units with common factors; the largest is treated
from 2018 on. The grid is 2 outcomes × 5 estimators × 10 windows × 2 frequencies × 25 pre-periods ×
10 rules for donors, and no two rules leave the same ones. CPU seconds are those of the jobs and of
what starts them, memory is what Snakemake measures of each. docs/cluster.md has the figures.
"""

from measure import simulated  # isort: skip (threads)

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).parents[1]
UNITS, FIRST, LAST, START = 300, 2003, 2022, 2018
OUTCOMES = {"robbery": 1.0, "burglary": 0.6}
ESTIMATORS = ("demeaned_synthetic_control", "synthetic_control", "synthetic_did", "did")
ESTIMATORS += ("poisson_did",)
RADII_M = range(200, 1800, 200)  # beside the two rules that every study with neighbours has
OWN = (f"{FIRST}-01", "2010-07")  # pre-periods that every study has: all months, the later half
SPECIFICATIONS = 2 * 5 * 10 * 2 * 25 * 10
PARTS = 100  # of each outcome
SAMPLE = (1, 26, 51, 76)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    panel(folder / "panel.csv")
    distances(folder / "distances.csv")
    text = yaml.safe_dump(config(), sort_keys=False)
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    print(f"{folder}: {SPECIFICATIONS:,} specifications of {UNITS} units")
    if "--cost" in sys.argv:
        cost(folder)


def panel(path: Path) -> None:
    months = 12 * (LAST - FIRST + 1)
    base, _ = simulated(UNITS, months, 12 * (START - FIRST))
    periods = pd.period_range(f"{FIRST}-01", periods=months, freq="M").astype(str)
    tables = []
    for number, (outcome, factor) in enumerate(OUTCOMES.items()):
        draws = np.random.default_rng(number).poisson(factor * (1 + base.counts))
        table = pd.DataFrame(draws, index=base.units, columns=periods)
        table = table.rename_axis("unit").reset_index().melt("unit", var_name="period")
        tables.append(table.assign(outcome=outcome))
    population = np.round(base.exposure[:, 0] * 12).astype(int)
    found = pd.concat(tables, ignore_index=True)
    found["population"] = found["unit"].map(dict(zip(base.units, population, strict=True)))
    found.to_csv(path, index=False)


def distances(path: Path) -> None:
    """Forty units lie within 2 km of the treated one, two or more between any two radii."""
    units = [f"u{unit:04d}" for unit in range(0, 290, 7)][1:41]
    rows = [("u0000", unit, 50 * number + 25) for number, unit in enumerate(units)]
    rows += [(unit, "u0000", distance) for _, unit, distance in rows]
    pd.DataFrame(rows, columns=["unit", "neighbour", "distance_m"]).to_csv(path, index=False)


def config() -> dict:
    halves = [(year, half) for year in range(FIRST, LAST + 1) for half in (1, 7)]
    firsts = [f"{year}-{month:02d}" for year, month in halves][:25]
    ends = [f"{year}-{month + 5:02d}" for year, month in halves if year >= START]
    return {
        "study": "large_grid",
        "title": {"en": "What do 50,000 specifications cost?"},
        "data": "panel.csv",
        "neighbours": "distances.csv",
        "treated": "u0000",
        "start": f"{START}-01",
        "outcomes": list(OUTCOMES),
        "language": "en",
        "most_donors": UNITS,
        "frequency": "quarter",
        "estimators": list(ESTIMATORS),
        "post_windows": {f"to_{end.replace('-', '_')}": end for end in ends},
        "robustness": {
            "grid": {
                "outcomes": list(OUTCOMES),
                "estimators": list(ESTIMATORS),
                "frequencies": ["quarter", "half-year"],
                "pre_periods": {
                    f"from_{first.replace('-', '_')}": {"first": first, "last": f"{START - 1}-12"}
                    for first in firsts
                    if first not in OWN
                },
                "donor_rules": {f"beyond_{radius}_m": {"within_m": radius} for radius in RADII_M},
            }
        },
    }


def cost(folder: Path) -> None:
    place = Path("results/large_grid")
    targets = [
        place / "specifications" / outcome / f"{part}-of-{PARTS}" / "specifications.parquet"
        for outcome in OUTCOMES
        for part in SAMPLE
    ]
    run(folder, "make_design")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(folder, "--force", *map(str, targets))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = pd.concat([pd.read_parquet(folder / target) for target in targets])
    assert (found["reason"] == "").all()  # all are estimated
    files = (folder / place / "benchmarks").glob(f"estimate_specifications_*-of-{PARTS}.tsv")
    memory = max(pd.read_csv(path, sep="\t")["max_rss"].max() for path in files)
    each = seconds / len(found)
    print(f"{len(found):,} in {seconds:.0f} CPU seconds, {each:.3f} each; {memory:.0f} MB a job")
    print(f"all {SPECIFICATIONS:,}: {each * SPECIFICATIONS / 3600:.2f} CPU hours")


def run(folder: Path, *targets: str) -> None:
    command = [sys.executable, "-m", "snakemake", *targets, "--snakefile", str(ROOT / "Snakefile")]
    command += ["--cores", "1", "--quiet", "--configfile", "config.yaml"]
    command += ["--set-scatter", f"specifications={PARTS}"]
    subprocess.run(command, cwd=folder, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
