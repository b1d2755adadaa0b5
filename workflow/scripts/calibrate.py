import pandas as pd

from evaluation.errors import reported_to
from evaluation.files import write_parquet
from evaluation.robustness.calibration import calibrate
from evaluation.study import from_specification

with reported_to(snakemake.log[0]):
    size = calibrate(
        pd.read_parquet(snakemake.input.panel),
        pd.read_parquet(snakemake.input.units),
        from_specification(snakemake.input.specification),
        snakemake.wildcards.estimator,
    )
    write_parquet(size, snakemake.output[0])
