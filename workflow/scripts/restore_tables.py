from evaluation.sources.listing import restored_tables
from evaluation.sources.plan import read_pulled
from evaluation.sources.vintages import Store
from evaluation.study.errors import reported_to
from evaluation.study.files import write_bytes

with reported_to(snakemake.log[0]):
    files = read_pulled(snakemake.input.files)
    found = restored_tables(files, Store(snakemake.params.store), snakemake.input.files)
    for path in snakemake.output:
        write_bytes(found[path.rsplit("/", 1)[-1]], path)
