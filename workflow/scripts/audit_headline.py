import pandas as pd

from evaluation.errors import reported_to
from evaluation.files import write_parquet
from evaluation.robustness.headline_audit import headline_audit
from evaluation.study import from_specification

with reported_to(snakemake.log[0]):
    audit = headline_audit(
        pd.read_parquet(snakemake.input.panel),
        pd.read_parquet(snakemake.input.units),
        from_specification(snakemake.input.specification),
    )
    write_parquet(audit, snakemake.output[0])
