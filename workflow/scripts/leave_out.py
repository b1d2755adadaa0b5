from pathlib import Path

from evaluation.analyses import empty_frame
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet

with reported_to(snakemake.log[0]):
    for path in snakemake.output:
        write_parquet(empty_frame(Path(path).stem), path)
