import pandas as pd

from evaluation.releases.triangle import reporting_delay, unknown_delay
from evaluation.sources.plan import read_pulled
from evaluation.sources.vintages import Store
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.study import load_outcomes

with reported_to(snakemake.log[0]):
    given = snakemake.input
    if given.located:
        triangle, finality = reporting_delay(
            pd.read_parquet(given.located),
            read_pulled(given.files),
            load_outcomes(given.outcomes),
            Store(snakemake.params.store).retrieval_days(),
        )
    else:
        triangle, finality = unknown_delay()
    write_parquet(triangle, snakemake.output.reporting_triangle)
    write_parquet(finality, snakemake.output.finality)
