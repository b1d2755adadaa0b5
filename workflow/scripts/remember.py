import json
from pathlib import Path

import pandas as pd

from evaluation.panel.studied import vintage
from evaluation.releases.ledger import Ledger
from evaluation.releases.recorded import looks_as_estimates, refuse_other_figures
from evaluation.sources.shipped import read_table
from evaluation.study.errors import reported_to
from evaluation.study.files import digest_files, write_json

with reported_to(snakemake.log[0]):
    release = json.loads(Path(snakemake.input.recorded).read_text(encoding="utf-8"))["release"]
    estimates = pd.read_parquet(snakemake.input.estimates)
    given = snakemake.input
    figures = vintage(
        pd.read_parquet(given.panel), read_table(given.sectors), read_table(given.neighbours)
    )
    refuse_other_figures(estimates, figures, given.estimates)
    looks = looks_as_estimates(
        pd.read_parquet(snakemake.input.monitoring),
        estimates,
        snakemake.params.level,
        digest_files(snakemake.input.code),
    )
    ledger = Ledger(snakemake.params.ledger)
    ledger.record_estimates(release, estimates)
    ledger.record_estimates(release, looks)
    record = {"release": release, "estimates": len(estimates), "looks": len(looks)}
    write_json(record, snakemake.output[0])
