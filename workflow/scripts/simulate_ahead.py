from pathlib import Path

from evaluation.analyses.preregistration.ahead import simulated_power
from evaluation.sources.shipped import read_shipped
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    given = snakemake.input
    power = simulated_power(
        from_specification(given.specification),
        read_shipped(Path(given.data[0]).parent),
        snakemake.params.where,
    )
    write_parquet(power, snakemake.output[0])
