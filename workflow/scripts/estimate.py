import pandas as pd

from evaluation.inference.estimate import estimate_outcome
from evaluation.panel.studied import vintage
from evaluation.sources.shipped import read_table
from evaluation.study.errors import reported_to
from evaluation.study.files import digest_files, write_parquet
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    given, panel = snakemake.input, pd.read_parquet(snakemake.input.panel)
    results = estimate_outcome(
        panel,
        pd.read_parquet(given.units),
        from_specification(given.specification),
        snakemake.wildcards.outcome,
        data_vintage=vintage(panel, read_table(given.sectors), read_table(given.neighbours)),
        code_version=digest_files(given.code),
    )
    for name, path in snakemake.output.items():
        write_parquet(getattr(results, name), path)
