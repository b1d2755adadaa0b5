import pandas as pd

from evaluation.releases.ledger import Ledger
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet

with reported_to(snakemake.log[0]):
    panel = pd.read_parquet(snakemake.input.all_months)
    frames = Ledger(snakemake.params.ledger).history(snakemake.params.release or None, panel)
    for name, path in snakemake.output.items():
        write_parquet(frames[name], path)
