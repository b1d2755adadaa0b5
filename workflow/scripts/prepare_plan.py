import pandas as pd

from evaluation.calibration.scale_up.prepare import prepare_plan
from evaluation.sources.shipped import read_table
from evaluation.study.errors import reported_to
from evaluation.study.files import write_csv, write_parquet
from evaluation.study.plan import from_json
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    given = snakemake.input
    made = prepare_plan(
        from_json(given.plan),
        from_specification(given.specification),
        pd.read_parquet(given.panel),
        pd.read_parquet(given.units),
        read_table(given.sectors),
        read_table(given.neighbours),
        given.plan,
    )
    write_parquet(made.candidates, snakemake.output.candidates)
    write_parquet(made.sets, snakemake.output.sets)
    write_csv(made.order, snakemake.output.order)
