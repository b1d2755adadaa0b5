import json
from pathlib import Path

import pandas as pd

from evaluation.releases.ledger import Ledger
from evaluation.study.errors import reported_to
from evaluation.study.files import write_json

with reported_to(snakemake.log[0]):
    release = json.loads(Path(snakemake.input.recorded).read_text(encoding="utf-8"))["release"]
    estimates = pd.read_parquet(snakemake.input.estimates)
    Ledger(snakemake.params.ledger).record_estimates(release, estimates)
    write_json({"release": release, "estimates": len(estimates)}, snakemake.output[0])
