import sys
from datetime import UTC, datetime

from evaluation.sources.columns import read_column_maps
from evaluation.sources.download import progress_bar
from evaluation.sources.listing import list_tables
from evaluation.sources.plan import check_map, parse_source
from evaluation.sources.pull import pull
from evaluation.study.errors import reported_to
from evaluation.study.files import write_csv

with reported_to(snakemake.log[0]), open(snakemake.log[0], "w", encoding="utf-8") as log:

    def say(text):
        for stream in (log, sys.stderr):
            print(text, file=stream, flush=True)

    if snakemake.params.tables:
        files = list_tables(snakemake.params.tables)
    else:
        source = parse_source(snakemake.params.source)
        check_map(source)
        files = pull(
            source,
            f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            layouts=read_column_maps(snakemake.input.columns),
            say=say,
            bar=progress_bar,
        )
    write_csv(files, snakemake.output[0])
