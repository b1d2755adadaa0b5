import pandas as pd

from evaluation.releases.ledger import Ledger
from evaluation.releases.triangle import reporting_delay, unknown_delay, with_releases
from evaluation.sources.plan import read_pulled
from evaluation.sources.vintages import Store
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.study import load_outcomes

with reported_to(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    panel = pd.read_parquet(given.all_months) if given.get("all_months") else None
    ledger = Ledger(params.ledger)
    frames = ledger.history(params.release or None, panel)
    held = [(name, ledger.panel_at(name)) for name in frames["release_history"]["release"]]
    if given.get("located"):
        delay = reporting_delay(
            pd.read_parquet(given.located),
            read_pulled(given.files),
            load_outcomes(given.outcomes),
            Store(params.store).retrieval_days(),
        )
    else:
        delay = unknown_delay()
    triangle, frames["finality"] = delay
    frames["reporting_triangle"] = with_releases(triangle, held)
    for name, path in snakemake.output.items():
        write_parquet(frames[name], path)
