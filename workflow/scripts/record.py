import sys
from datetime import UTC, datetime

import pandas as pd

from evaluation.design.unfinished import refuse_unfinished
from evaluation.releases.ledger import Ledger
from evaluation.releases.recording import Arriving, came_at, record_release
from evaluation.releases.summary import summarise
from evaluation.releases.triangle import delay_of_run
from evaluation.sources.listing import store_tables
from evaluation.sources.plan import read_pulled
from evaluation.sources.shipped import read_table
from evaluation.sources.vintages import Store
from evaluation.study.errors import reported_to
from evaluation.study.files import write_json
from evaluation.study.specification import from_specification
from evaluation.study.study import load_outcomes

with reported_to(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    store, located, summary = Store(params.store), None, None
    if params.tables:
        with store.writing():
            store_tables(
                read_pulled(given.files),
                params.tables,
                store,
                f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            )
    if given.get("located"):
        located = pd.read_parquet(given.located)
        summary = summarise(
            located,
            pd.read_parquet(given.others),
            pd.read_csv(given.review, keep_default_na=False),
            read_pulled(given.files),
            load_outcomes(given.outcomes),
            store.retrieval_days(),
        )
    _, finality = delay_of_run(located, given.files, given.outcomes, store)
    arriving = Arriving(
        given.files,
        pd.read_parquet(given.all_months),
        read_table(given.sectors),
        read_table(given.neighbours),
        read_table(given.coverage),
        summary,
    )
    study = from_specification(given.specification)
    refuse_unfinished(study, arriving.panel, finality, params.config)
    came = came_at(given.files, store.vintages())
    record = record_release(Ledger(params.ledger), arriving, params.accept, came)
    if record["first"]:
        print(f"The first release in {params.ledger}: held against no other.", file=sys.stderr)
    write_json(record, snakemake.output[0])
