from pathlib import Path

import pandas as pd

from evaluation.errors import reported_to
from evaluation.files import write_bytes, write_text
from evaluation.reporting.figures import FIGURES
from evaluation.reporting.language import Language
from evaluation.reporting.theme import png_bytes, svg_bytes
from evaluation.sources.shipped import read_table
from evaluation.study import from_specification

with reported_to(snakemake.log[0]):
    study = from_specification(snakemake.input.specification)
    frames = {
        name: read_table(path) if path.endswith(".csv") else pd.read_parquet(path)
        for name, path in snakemake.input.items()
        if name not in ("specification", "code")
    }
    for code in snakemake.params.languages:
        figure, alt = FIGURES[snakemake.rule](study, Language(code), **frames)
        for path in snakemake.output:
            name, written, extension = Path(path).name.rsplit(".", 2)
            if written != code:
                continue
            if extension == "svg":
                write_bytes(svg_bytes(figure, f"{name}-{code}"), path)
            elif extension == "png":
                write_bytes(png_bytes(figure), path)
            else:
                write_text(alt + "\n", path)
