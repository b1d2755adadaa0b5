import pandas as pd

from evaluation.releases.ledger import Ledger
from evaluation.releases.triangle import delay_of_run, with_releases
from evaluation.sources.vintages import Store
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet

with reported_to(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    panel = pd.read_parquet(given.all_months) if given.get("all_months") else None
    ledger = Ledger(params.ledger)
    frames = ledger.history(params.release or None, panel)
    located = pd.read_parquet(given.located) if given.get("located") else None
    triangle, frames["finality"] = delay_of_run(
        located, given.get("files"), given.outcomes, Store(params.store)
    )
    known = list(frames["release_history"]["release"])
    frames["reporting_triangle"] = with_releases(triangle, known, ledger.panel_at)
    for name, path in snakemake.output.items():
        write_parquet(frames[name], path)
