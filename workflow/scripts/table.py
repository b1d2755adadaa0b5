from pathlib import Path

from evaluation.errors import reported_to
from evaluation.files import write_text
from evaluation.reporting.disclosure import withhold
from evaluation.reporting.language import Language
from evaluation.reporting.table_writer import to_csv, to_html_document, to_latex
from evaluation.reporting.tables import TABLES
from evaluation.sources.shipped import read_frames
from evaluation.study import from_specification

WRITERS = {"csv": to_csv, "html": to_html_document, "tex": to_latex}

with reported_to(snakemake.log[0]):
    inputs = dict(snakemake.input.items())
    _, study = inputs.pop("code"), from_specification(inputs.pop("specification"))
    frames = read_frames(inputs)
    languages = {code: Language(code) for code in snakemake.params.languages}
    tables = {
        code: withhold(TABLES[snakemake.rule](study, language, **frames), study, language)
        for code, language in languages.items()
    }
    for path in snakemake.output:
        _, code, extension = Path(path).name.split(".")
        write_text(WRITERS[extension](tables[code], languages[code]), path)
