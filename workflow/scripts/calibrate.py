import pandas as pd

from evaluation.calibration.sizes_and_power import calibrate_study
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    found = calibrate_study(
        pd.read_parquet(snakemake.input.panel),
        pd.read_parquet(snakemake.input.units),
        from_specification(snakemake.input.specification),
        snakemake.wildcards.estimator,
    )
    write_parquet(found.size, snakemake.output.sizes)
    write_parquet(found.power, snakemake.output.power)
