from pathlib import Path

import pandas as pd

from evaluation.errors import reported_to
from evaluation.files import write_bytes, write_text
from evaluation.reporting.figures import FIGURES
from evaluation.reporting.language import Language
from evaluation.reporting.theme import png_bytes, svg_bytes
from evaluation.study import from_specification

name = snakemake.rule
frames = {
    key: pd.read_csv(path, keep_default_na=False)
    if path.endswith(".csv")
    else pd.read_parquet(path)
    for key, path in snakemake.input.items()
    if key not in ("code", "specification")
}
with reported_to(snakemake.log[0]):
    study = from_specification(snakemake.input.specification)
    for language in snakemake.params.languages:
        figure, alt = FIGURES[name](study, Language(language), **frames)
        outputs = {
            Path(path).suffix: path
            for path in snakemake.output
            if f".{language}." in Path(path).name
        }
        write_bytes(svg_bytes(figure, f"{name}-{language}"), outputs[".svg"])
        write_bytes(png_bytes(figure), outputs[".png"])
        write_text(alt + "\n", outputs[".txt"])
