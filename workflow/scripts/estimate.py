import pandas as pd

from evaluation.inference.estimate import estimate_outcome
from evaluation.study.errors import reported_to
from evaluation.study.files import digest_files, write_parquet
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    results = estimate_outcome(
        pd.read_parquet(snakemake.input.panel),
        pd.read_parquet(snakemake.input.units),
        from_specification(snakemake.input.specification),
        snakemake.wildcards.outcome,
        data_vintage=digest_files(snakemake.input.data),
        code_version=digest_files(snakemake.input.code),
    )
    for name, path in snakemake.output.items():
        write_parquet(getattr(results, name), path)
