from evaluation.panel.shipping import gather
from evaluation.sources.columns import read_column_maps
from evaluation.sources.download import progress_bar
from evaluation.sources.layouts import Delitos, read_incidents
from evaluation.sources.plan import INCIDENTS, read_pulled
from evaluation.sources.vintages import Store
from evaluation.study.errors import reported_to
from evaluation.study.files import write_csv, write_parquet
from evaluation.study.study import load_outcomes

with reported_to(snakemake.log[0]):
    given, store = snakemake.input, Store(snakemake.params.store)
    delitos = Delitos(load_outcomes(given.outcomes), given.outcomes)
    maps = read_column_maps(given.columns)
    files, readings = read_pulled(given.files), {}
    retrieved = store.retrieval_days()
    for file in files[files["kind"] == INCIDENTS].itertuples():
        with progress_bar(file.name) as report:
            path = store.verified(file.sha256)
            readings[file.name] = read_incidents(
                path, delitos, file.name, maps, report, retrieved.get(file.sha256, "")
            )
    tables = gather(readings)
    for name in ("incidents", "others"):
        write_parquet(tables[name], snakemake.output[name])
    for name in ("oddities", "review"):
        write_csv(tables[name], snakemake.output[name])
