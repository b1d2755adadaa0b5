from pathlib import Path

from evaluation.sources.place import given_figures
from evaluation.study.errors import reported_to
from evaluation.study.files import write_csv

with reported_to(snakemake.log[0]):
    tables = given_figures(snakemake.params.place, snakemake.params.config)
    for path in map(Path, snakemake.output):
        write_csv(getattr(tables, path.stem), path)
