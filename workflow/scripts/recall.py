from evaluation.releases.ledger import Ledger
from evaluation.study.errors import reported_to
from evaluation.study.files import write_bytes

with reported_to(snakemake.log[0]):
    files = Ledger(snakemake.params.ledger).files_of(snakemake.params.release)
    write_bytes(files, snakemake.output[0])
