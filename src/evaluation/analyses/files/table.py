"""The files of the run: what they are, when they came, and their checksums."""

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study

SHOWN = 12  # hex digits of a checksum on the page; the CSV has all


def files(study: Study, language: Language, *, files: pd.DataFrame) -> Table:
    """A row per file, by kind and name."""
    files = files.sort_values(["kind", "name"], ignore_index=True)
    frame = files.assign(
        what=[language(f"table.files.kind.{kind}") for kind in files["kind"]],
        first=[_month(month, language) for month in files["first_month"]],
        last=[_month(month, language) for month in files["last_month"]],
        day=[day or "–" for day in files["retrieved"]],
        digits=files["sha256"].str[:SHOWN],
    )
    return Table(
        name="files",
        frame=frame,
        columns=(
            Column(("name",), language("table.files.name"), "label"),
            Column(("what",), language("table.files.kind")),
            Column(("rows",), language("table.files.rows"), "integer", counts=False),
            Column(("first",), language("table.files.first"), "label"),
            Column(("last",), language("table.files.last"), "label"),
            Column(("day",), language("table.files.retrieved"), "label"),
            Column(("digits",), language("table.files.digits", shown=SHOWN), "label"),
            Column(("sha256",), "SHA-256", csv_only=True),
        ),
        title=language("table.files.title"),
        note=language("table.files.note_given" if study.given else "table.files.note"),
    )


def _month(month: str, language: Language) -> str:
    return language.month(month) if month else "–"
