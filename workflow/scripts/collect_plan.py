import pandas as pd

from evaluation.calibration.scale_up.undominated import with_undominated
from evaluation.study.errors import reported_to
from evaluation.study.files import write_csv, write_parquet

with reported_to(snakemake.log[0]):
    given = snakemake.input
    parts = {name: pd.concat(map(pd.read_parquet, given[name])) for name in ("designs", "power")}
    designs = with_undominated(parts["designs"])
    write_parquet(designs, snakemake.output.designs)
    write_csv(designs, snakemake.output.csv)
    write_parquet(parts["power"], snakemake.output.power)
