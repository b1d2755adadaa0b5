import pandas as pd

from evaluation.design.design import refuse_small_cells
from evaluation.study.errors import reported_to
from evaluation.study.files import write_json
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    smallest = snakemake.params.smallest_cell
    refuse_small_cells(
        pd.read_parquet(snakemake.input.panel),
        from_specification(snakemake.input.specification),
        smallest,
    )
    write_json({"smallest_cell": smallest}, snakemake.output[0])
