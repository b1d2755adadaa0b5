import pandas as pd

from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet

with reported_to(snakemake.log[0]):
    parts = [path for path in snakemake.input if path.endswith(".parquet")]
    write_parquet(pd.concat(map(pd.read_parquet, parts), ignore_index=True), snakemake.output[0])
