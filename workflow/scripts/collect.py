from functools import partial

import pandas as pd

from evaluation.calibration.thresholds import label_estimates, with_worlds
from evaluation.study.errors import reported_to
from evaluation.study.files import write_csv, write_parquet
from evaluation.study.specification import from_specification
from evaluation.study.statements import Statements

with reported_to(snakemake.log[0]):
    study = from_specification(snakemake.input.specification)
    frozen = Statements(**snakemake.params.frozen)
    parts = map(pd.read_parquet, snakemake.input.sizes)
    size = with_worlds(pd.concat(parts, ignore_index=True))
    write_parquet(size, snakemake.output.sizes)
    power = pd.concat(map(pd.read_parquet, snakemake.input.power), ignore_index=True)
    write_parquet(power, snakemake.output.power)
    for table in snakemake.params.tables:
        parts = [path for path in snakemake.input.outcomes if path.endswith(f"/{table}.parquet")]
        frame = pd.concat(map(pd.read_parquet, parts), ignore_index=True)
        if table == "estimates":
            frame = label_estimates(frame, size, partial(frozen.lane, study.hash))
            write_csv(frame, snakemake.output.csv)
        write_parquet(frame, snakemake.output[table])
