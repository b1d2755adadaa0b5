from pathlib import Path

import pandas as pd

from evaluation.panel.maps import prepare_maps
from evaluation.panel.shipping import derive
from evaluation.sources.plan import TOTALS, parse_source, read_pulled
from evaluation.sources.reference import read_polygons, read_totals
from evaluation.sources.shipped import known_inhabitants, read_table
from evaluation.sources.vintages import Store
from evaluation.study.calendars import parse_calendar
from evaluation.study.config import read_calendar
from evaluation.study.errors import reported_to
from evaluation.study.files import write_csv, write_json
from evaluation.study.study import load_outcomes

with reported_to(snakemake.log[0]):
    given, known = snakemake.input, Path(snakemake.params.known)
    source = parse_source(snakemake.params.source)
    store, files = Store(source.store), read_pulled(given.files)
    maps = prepare_maps(
        files,
        source.map,
        lambda sha256: read_polygons(store.verified(sha256)),
        dict(source.quadrant_columns),
        lambda: known_inhabitants(known),
    )
    totals = files.loc[files["kind"] == TOTALS, "sha256"]
    shipment, further = derive(
        pd.read_parquet(given.located),
        pd.read_parquet(given.others),
        files,
        maps,
        read_totals(store.verified(totals.iloc[0])) if len(totals) else None,
        load_outcomes(given.outcomes),
        [entry.sector for entry in parse_calendar(read_calendar(given.calendar), given.calendar)],
        known=lambda name: read_table(known / f"{name}.csv"),
        retrieved=store.retrieval_days(),
    )
    folder = Path(snakemake.output.package).parent
    for name, table in shipment.tables.items():
        write_csv(table, folder / f"{name}.csv")
    write_json(shipment.package, folder / "datapackage.json")
    for name, table in further.items():
        write_csv(table, snakemake.output[name])
