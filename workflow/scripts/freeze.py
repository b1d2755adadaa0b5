import json
from pathlib import Path

from evaluation.releases.ledger import Ledger
from evaluation.releases.recording import freeze_run
from evaluation.study.errors import reported_to
from evaluation.study.files import write_json

with reported_to(snakemake.log[0]):
    release = json.loads(Path(snakemake.input.recorded).read_text(encoding="utf-8"))["release"]
    numbers = json.loads(Path(snakemake.input.numbers).read_text(encoding="utf-8"))
    frozen = freeze_run(Ledger(snakemake.params.ledger), snakemake.params.results, release, numbers)
    write_json(frozen, snakemake.output[0])
