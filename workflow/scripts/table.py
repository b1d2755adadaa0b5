from pathlib import Path

import pandas as pd

from evaluation.errors import reported_to
from evaluation.files import write_text
from evaluation.reporting.language import Language
from evaluation.reporting.table_writer import to_csv, to_html_document, to_latex
from evaluation.reporting.tables import TABLES
from evaluation.sources.shipped import read_table
from evaluation.study import from_specification

WRITERS = {".csv": to_csv, ".html": to_html_document, ".tex": to_latex}

with reported_to(snakemake.log[0]):
    study = from_specification(snakemake.input.specification)
    frames = {
        name: read_table(path) if path.endswith(".csv") else pd.read_parquet(path)
        for name, path in snakemake.input.items()
        if name not in ("specification", "code")
    }
    for code in snakemake.params.languages:
        language = Language(code)
        table = TABLES[snakemake.rule](study, language, **frames)
        for path in snakemake.output:
            name, written, extension = Path(path).name.rsplit(".", 2)
            if written == code:
                write_text(WRITERS[f".{extension}"](table, language), path)
