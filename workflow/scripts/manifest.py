import hashlib
import json
from pathlib import Path

import pandas as pd

from evaluation.page.manifest import manifest
from evaluation.study.errors import reported_to
from evaluation.study.files import portable, write_json
from evaluation.study.specification import from_specification


def sha256(paths):
    return {portable(path): hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths}


with reported_to(snakemake.log[0]):
    record = manifest(
        from_specification(snakemake.input.specification),
        lane=json.loads(Path(snakemake.input.numbers).read_text(encoding="utf-8"))["lane"],
        inputs=sha256(snakemake.input.data),
        outputs=sha256(snakemake.input.results),
        costs={
            path.stem: pd.read_csv(path, sep="\t")
            for path in Path(snakemake.params.benchmarks).glob("*.tsv")
            if path.as_posix() not in snakemake.params.left_over
        },
        command=snakemake.params.command,
        left_over=snakemake.params.left_over,
    )
    write_json(record, snakemake.output[0])
