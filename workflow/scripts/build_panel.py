from evaluation.panel.build import build_panel
from evaluation.panel.studied import studied
from evaluation.sources.shipped import read_shipped
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    study = from_specification(snakemake.input.specification)
    shipped = read_shipped(snakemake.params.folder)
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    write_parquet(panel, snakemake.output.all_months)
    for name, table in studied(panel, shipped, study).items():
        write_parquet(table, snakemake.output[name])
