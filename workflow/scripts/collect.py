import pandas as pd

from evaluation.calibration.thresholds import label_calibrated
from evaluation.study.errors import reported_to
from evaluation.study.files import write_csv, write_parquet

with reported_to(snakemake.log[0]):
    size = pd.concat(map(pd.read_parquet, snakemake.input.sizes), ignore_index=True)
    write_parquet(size, snakemake.output.sizes)
    power = pd.concat(map(pd.read_parquet, snakemake.input.power), ignore_index=True)
    write_parquet(power, snakemake.output.power)
    for table in snakemake.params.tables:
        parts = [path for path in snakemake.input.outcomes if path.endswith(f"/{table}.parquet")]
        frame = pd.concat(map(pd.read_parquet, parts), ignore_index=True)
        if table == "estimates":
            frame = label_calibrated(frame, size)
            write_csv(frame, snakemake.output.csv)
        write_parquet(frame, snakemake.output[table])
