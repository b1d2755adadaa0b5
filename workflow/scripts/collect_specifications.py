import pandas as pd

from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet

with reported_to(snakemake.log[0]):
    for name, path in snakemake.output.items():
        parts = [pd.read_parquet(part) for part in snakemake.input[name]]
        write_parquet(pd.concat(parts, ignore_index=True), path)
