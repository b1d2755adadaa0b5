"""The revised cells that move the effect most, each by itself."""

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table
from evaluation.page.views import percent_of_log
from evaluation.page.wording import window_name
from evaluation.study.study import Study


def revised_cells(study: Study, language: Language, *, revised_cells: pd.DataFrame) -> Table:
    """The last change first; of it, and of the primary window, the page shows its cells alone."""
    windows = [study.primary.window, *(name for name, _ in study.post_windows)]
    order = {name: place for place, name in reversed(list(enumerate(windows)))}
    rows = revised_cells.assign(rank=revised_cells["window"].map(order))
    rows = rows.sort_values(["number", "rank", "place"], ascending=[False, True, True])
    shown = (rows["number"] == rows["number"].max()) & (rows["rank"] == 0)
    frame = rows.assign(
        part=[
            language(
                "table.revised_cells.group",
                release=row.release,
                before=row.earlier,
                window=window_name(study, row.window, language, inline=True),
            )
            for row in rows.itertuples()
        ],
        when=[language.month(month) for month in rows["month"]],
        points=100 * rows["moves"],
        percent=rows["moves"].map(percent_of_log),
        folded=~shown,
    )
    outcome = language.inline(language.outcome(study.definition(study.primary.outcome)))
    note = "table.revised_cells.note" if len(rows) else "table.revised_cells.note.none"
    return Table(
        name="revised_cells",
        frame=frame.reset_index(drop=True),
        columns=(
            Column(("sector",), language("table.column.sector"), "label"),
            Column(("when",), language("table.revised_cells.month"), "label"),
            Column(("before",), language("table.revised_cells.before"), "integer", counts=True),
            Column(("after",), language("table.revised_cells.after"), "integer", counts=True),
            Column(("points",), language("table.revised_cells.moves"), "decimal", 2),
            Column(("percent",), language("table.revised_cells.percent"), "effect", 1),
        ),
        title=language("table.revised_cells.title"),
        note=language(note, outcome=outcome),
        group="part",
        group_label=language("table.revised_cells.change"),
        folded="folded",
        sums=Sums(outcome="", cells=("part", "sector", "when")),
    )
