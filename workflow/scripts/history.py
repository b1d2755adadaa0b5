from evaluation.releases.ledger import Ledger
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet

with reported_to(snakemake.log[0]):
    frames = Ledger(snakemake.params.ledger).history(snakemake.params.until)
    for name, path in snakemake.output.items():
        write_parquet(frames[name], path)
