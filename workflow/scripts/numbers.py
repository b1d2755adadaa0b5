import pandas as pd

from evaluation.errors import reported_to
from evaluation.files import write_json
from evaluation.reporting.numbers import numbers
from evaluation.sources.shipped import read_table
from evaluation.study import from_specification

with reported_to(snakemake.log[0]):
    study = from_specification(snakemake.input.specification)
    frames = {
        name: read_table(path) if path.endswith(".csv") else pd.read_parquet(path)
        for name, path in snakemake.input.items()
        if name not in ("specification", "code")
    }
    write_json(numbers(study, **frames), snakemake.output[0])
