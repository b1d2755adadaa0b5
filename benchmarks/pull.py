"""From an incident file to sector-month counts: seconds and memory, against parsing and a script.

    make bench        (or: python benchmarks/pull.py [million rows …])

Files of 0.25 to 4 million rows in the 21-column layout come from the simulator. Each task runs in a
process of its own, its imports not counted:

    parse   all columns as text, by the reader that the chain uses, and nothing else
    needed  only the columns that the chain reads
    chain   `read_incidents`, location on the map, counts with coverage and the flow of every row
    plain   `pandas.read_csv`, `geopandas.sjoin` of every point, `groupby`
    filter  the same, but only the offences that are counted go into `sjoin`

Writes benchmarks/output/pull.csv and pull.svg, and fails where a bar does not hold.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

MILLIONS = (0.25, 0.5, 1, 2, 4)
REPEATS = {"parse": 2, "needed": 2, "chain": 2, "plain": 1, "filter": 1}
OUTPUT = Path("benchmarks/output")
SOURCE, FIRST, LAST = "carpetas", "2016-01", "2024-12"
# The bars: chain against parsing, plain script against the chain, megabytes of the chain.
AGAINST_PARSING, AGAINST_PLAIN, MEGABYTES = 2.0, 5.0, 1000.0
SLOPE = 1.15  # of log seconds on log rows; 1 is linear


def parse(path: Path, quadrants) -> int:
    import pyarrow as pa
    import pyarrow.csv as csv

    from evaluation.sources.delimited import BLOCK

    with open(path, encoding="utf-8") as file:
        columns = file.readline().strip().split(",")
    batches = csv.open_csv(
        path,
        read_options=csv.ReadOptions(block_size=BLOCK),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string())),
    )
    return sum(batch.num_rows for batch in batches)


def needed(path: Path, quadrants) -> int:
    from evaluation.sources.containers import open_file

    return sum(batch.num_rows for batch in open_file(path).batches)


def chain(path: Path, quadrants) -> int:
    from evaluation.panel.counts import RawFile, classify
    from evaluation.panel.geography import prepare_quadrants
    from evaluation.panel.shipping import count_tables, locate_incidents
    from evaluation.sources.layouts import Delitos, read_incidents
    from evaluation.study.study import load_outcomes

    definitions = load_outcomes("config/outcomes.yaml")
    reading = read_incidents(path, Delitos(definitions), SOURCE)
    prepared = prepare_quadrants(quadrants, "map")
    files = (RawFile(SOURCE, "*", FIRST, LAST),)
    located = locate_incidents(reading.incidents, prepared)
    tables = count_tables(
        classify(located, files, definitions),
        {SOURCE: reading.others},
        {SOURCE: reading.rows},
        sorted(set(quadrants["sector"])),
        definitions,
        files,
    )
    flow = tables["data_flow"]
    return int(flow.loc[flow["reason"] == "counted", "rows"].sum())


def plain(path: Path, quadrants, first_filter: bool = False) -> int:
    import geopandas as gpd

    from evaluation.study.study import load_outcomes

    wanted = [
        delito.rstrip("*")
        for definition in load_outcomes("config/outcomes.yaml").values()
        for delito in definition.delitos
    ]
    table = pd.read_csv(path, low_memory=False)
    counted = (
        table["delito"].str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii")
    )
    table["counted"] = counted.str.startswith(tuple(wanted))
    if first_filter:
        table = table[table["counted"]]
    points = gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(table["longitud"], table["latitud"]), crs="EPSG:4326"
    )
    located = gpd.sjoin(points, quadrants[["sector", "geometry"]], predicate="within")
    located = located[located["counted"]]
    month = located["fecha_hecho"].str.slice(0, 7)
    located = located[month.between(FIRST, LAST)]
    return int(located.groupby(["sector", month, "delito"]).size().sum())


def filtered(path: Path, quadrants) -> int:
    return plain(path, quadrants, first_filter=True)


TASKS = {"parse": parse, "needed": needed, "chain": chain, "plain": plain, "filter": filtered}


def work(task: str, path: str, maps: str) -> None:
    """One task in this process; prints what it cost as JSON."""
    import geopandas as gpd
    import pyarrow.csv  # noqa: F401  (imports are not what is measured)

    import evaluation.panel.shipping  # noqa: F401

    quadrants = gpd.read_file(maps)
    wall, cpu = time.perf_counter(), time.process_time()
    result = TASKS[task](Path(path), quadrants)
    cost = {
        "result": result,
        "wall_seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(cost))


def measure(task: str, path: Path, maps: Path) -> dict:
    """The cheapest of some runs, each in a fresh process."""
    runs = []
    for _ in range(REPEATS[task]):
        command = [sys.executable, __file__, "--work", task, str(path), str(maps)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        runs.append(json.loads(done.stdout))
    return min(runs, key=lambda run: run["cpu_seconds"])


def run(millions: tuple[float, ...]) -> pd.DataFrame:
    from rich.progress import Progress

    from evaluation.simulate.city import write_maps
    from evaluation.simulate.incidents import Scenario, simulate

    rows = []
    with tempfile.TemporaryDirectory() as folder, Progress() as bar:
        path, maps = Path(folder, "carpetas.csv"), Path(folder, "cuadrantes_2023.gpkg")
        steps = bar.add_task("pull", total=len(millions) * (1 + len(TASKS)))
        for size in millions:
            bar.update(steps, description=f"{size:g} million rows: simulate")
            scenario = Scenario(int(size * 1e6), first=FIRST, last=LAST)
            simulate(scenario, "carpetas acumulado", path)
            write_maps(scenario.city, folder)
            bar.advance(steps)
            for task in TASKS:
                bar.update(steps, description=f"{size:g} million rows: {task}")
                cost = measure(task, path, maps)
                megabytes = path.stat().st_size / 1e6
                rows.append({"rows": scenario.rows, "megabytes": megabytes, "task": task, **cost})
                bar.advance(steps)
            path.unlink()
    return with_ratios(pd.DataFrame(rows))


def with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Add seconds relative to parsing and to the chain, by size of file and clock."""
    for clock in ("wall", "cpu"):
        seconds = table.pivot(index="rows", columns="task", values=f"{clock}_seconds")
        own = table[f"{clock}_seconds"]
        for other in ("parse", "chain"):
            table[f"{clock}_to_{other}"] = own / table["rows"].map(seconds[other])
    return table


def slope(table: pd.DataFrame, task: str) -> float:
    """Of log CPU seconds on log rows: 1 is linear growth."""
    own = table[table["task"] == task]
    return float(np.polyfit(np.log(own["rows"]), np.log(own["cpu_seconds"]), 1)[0])


def failures(table: pd.DataFrame) -> list[str]:
    """The bars that do not hold, for files of two million rows and more, by CPU time."""
    large = table[table["rows"] >= min(2e6, table["rows"].max())].set_index(["task", "rows"])
    found = []
    if (worst := large.loc["chain", "cpu_to_parse"].max()) > AGAINST_PARSING:
        found.append(f"the chain takes {worst:.2f} times parsing")
    if (worst := large.loc["plain", "cpu_to_chain"].min()) < AGAINST_PLAIN:
        found.append(f"the plain script takes only {worst:.2f} times the chain")
    if (worst := large.loc["chain", "peak_megabytes"].max()) > MEGABYTES:
        found.append(f"the chain takes {worst:.0f} MB")
    if table["rows"].nunique() > 2 and (grown := slope(table, "chain")) > SLOPE:
        found.append(f"the cost grows as rows to the {grown:.2f}")
    return found


def draw(table: pd.DataFrame) -> None:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams["svg.hashsalt"] = "pull"
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for task, own in table.groupby("task", sort=False):
        axes[0].plot(own["rows"] / 1e6, own["cpu_seconds"], marker="o", label=task)
        axes[1].plot(own["rows"] / 1e6, own["peak_megabytes"], marker="o", label=task)
    axes[1].axhline(MEGABYTES, color="0.5", linestyle=":")
    for axis, title in zip(axes, ("CPU seconds", "Peak memory, MB"), strict=True):
        axis.set(xscale="log", yscale="log", xlabel="Million rows", title=title)
    axes[0].legend(frameon=False)
    figure.savefig(OUTPUT / "pull.svg", metadata={"Date": None})


def main() -> None:
    from evaluation.study.files import write_csv

    if sys.argv[1:2] == ["--work"]:
        work(*sys.argv[2:])
        return
    table = run(tuple(float(size) for size in sys.argv[1:]) or MILLIONS)
    write_csv(table, OUTPUT / "pull.csv")
    draw(table)
    print(table.round(2).to_string(index=False))
    print(f"cost of the chain grows as rows to the {slope(table, 'chain'):.2f}")
    if found := failures(table):
        sys.exit("; ".join(found))


if __name__ == "__main__":
    main()
