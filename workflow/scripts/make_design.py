import pandas as pd

from evaluation.design.design import design_study
from evaluation.sources.shipped import read_table
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    units, states = design_study(
        pd.read_parquet(snakemake.input.panel),
        read_table(snakemake.input.sectors),
        read_table(snakemake.input.neighbours),
        from_specification(snakemake.input.specification),
    )
    write_parquet(units, snakemake.output.units)
    write_parquet(states, snakemake.output.states)
