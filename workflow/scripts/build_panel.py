from evaluation.panel.build import panel_of
from evaluation.panel.studied import studied
from evaluation.sources.listing import files_of_run, list_panel, list_tables
from evaluation.sources.plan import read_pulled
from evaluation.sources.shipped import read_shipped
from evaluation.sources.vintages import Store
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    study = from_specification(given.specification)
    shipped = read_shipped(params.folder)
    panel = panel_of(shipped, study)
    if params.given:
        files = list_panel(params.given, shipped.periods)
    elif given.get("files"):
        days = Store(params.store).retrieval_days()
        files = files_of_run(read_pulled(given.files), days)
    else:
        files = files_of_run(list_tables(params.folder), {})
    write_parquet(files, snakemake.output.files)
    write_parquet(panel, snakemake.output.all_months)
    for name, table in studied(panel, shipped, study).items():
        write_parquet(table, snakemake.output[name])
