import json
from pathlib import Path

from evaluation.errors import reported_to
from evaluation.files import write_text
from evaluation.reporting.language import Language
from evaluation.reporting.page import FigureExhibit, TableExhibit, page
from evaluation.reporting.table_writer import fragment_of
from evaluation.study import from_specification

folder = Path(snakemake.params.folder)


def read(kind, name, code, extension):
    return (folder / f"{kind}s" / f"{name}.{code}.{extension}").read_text(encoding="utf-8")


with reported_to(snakemake.log[0]):
    study = from_specification(snakemake.input.specification)
    numbers = json.loads(Path(snakemake.input.numbers).read_text(encoding="utf-8"))
    for code, path in zip(snakemake.params.languages, snakemake.output, strict=True):
        tables = {
            name: TableExhibit(
                fragment_of(read("table", name, code, "html")), read("table", name, code, "csv")
            )
            for name in snakemake.params.tables
        }
        figures = {
            name: FigureExhibit(
                read("figure", name, code, "svg"), read("figure", name, code, "txt")
            )
            for name in snakemake.params.figures
        }
        html = page(
            study,
            Language(code),
            title=snakemake.params.title[code],
            background=snakemake.params.background.get(code, ""),
            numbers=numbers,
            tables=tables,
            figures=figures,
        )
        write_text(html, path)
