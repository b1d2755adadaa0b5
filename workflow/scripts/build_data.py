from pathlib import Path

import geopandas as gpd
import pandas as pd

from evaluation.errors import reported_to
from evaluation.files import write_csv, write_json
from evaluation.panel.shipping import RAW_FILES, ship
from evaluation.sources.layouts import Delitos, read_incidents
from evaluation.study import load_outcomes, parse_calendar, read_calendar

with reported_to(snakemake.log[0]):
    given = snakemake.input
    definitions = load_outcomes(given.outcomes)
    delitos = Delitos(definitions, given.outcomes)
    paths = {Path(path).name.removesuffix(".csv.gz"): path for path in given.incidents}
    shipment = ship(
        {file.name: read_incidents(paths[file.name], delitos, file.name) for file in RAW_FILES},
        gpd.read_file(given.quadrants_2023),
        gpd.read_file(given.quadrants_2016),
        pd.read_csv(given.victims),
        definitions,
        [entry.sector for entry in parse_calendar(read_calendar(given.calendar), given.calendar)],
    )
    folder = Path(snakemake.output.package).parent
    for name, table in shipment.tables.items():
        write_csv(table, folder / f"{name}.csv")
    write_json(shipment.package, folder / "datapackage.json")
