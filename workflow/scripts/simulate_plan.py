import pandas as pd

from evaluation.calibration.scale_up.measure import measured_plan
from evaluation.sources.shipped import read_table
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.plan import from_json
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    given, wildcards = snakemake.input, snakemake.wildcards
    designs, power = measured_plan(
        from_json(given.plan),
        from_specification(given.specification),
        pd.read_parquet(given.panel),
        pd.read_parquet(given.units),
        read_table(given.sectors),
        read_table(given.neighbours),
        pd.read_parquet(given.sets),
        outcome=wildcards.outcome,
        horizon=int(wildcards.horizon),
        kind=wildcards.sets,
    )
    write_parquet(designs, snakemake.output.designs)
    write_parquet(power, snakemake.output.power)
