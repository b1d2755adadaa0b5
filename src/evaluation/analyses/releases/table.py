"""The effect by release, and what each change of it is made of."""

from collections.abc import Iterator

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.views import percent_of_log
from evaluation.page.wording import effect_interval, window_name
from evaluation.study.study import Study

POINTS = ("change", "code", "revised", "added")
DECIMALS = 2  # of log points


def releases(
    study: Study, language: Language, *, releases: pd.DataFrame, accepted_faults: pd.DataFrame
) -> Table:
    """Every release, grouped by window, the primary window first; changes in log points.

    A log point is a hundredth of a log rate ratio: on that scale alone do the parts add up.
    """
    windows = [study.primary.window, *(name for name, _ in study.post_windows)]
    order = {name: place for place, name in reversed(list(enumerate(windows)))}
    rows = releases.assign(place=releases["window"].map(order)).sort_values(["place", "number"])
    last = rows["number"].max()
    frame = rows.assign(
        part=[window_name(study, name, language) for name in rows["window"]],
        release=[release_name(name, language) for name in rows["release"]],
        day=rows["retrieved_at"].str[:10],
        lane=[language(f"lane.{name}") for name in rows["lane"]],
        percent_low=rows["ci_low"].map(percent_of_log),
        percent_high=rows["ci_high"].map(percent_of_log),
        **{name: 100 * rows[name] for name in POINTS},
        why=[language(f"table.releases.reason.{name}") if name else "" for name in rows["reason"]],
        primary=(rows["window"] == study.primary.window) & (rows["number"] == last),
    )
    several = frame["number"].nunique() > 1
    note = "table.releases.note" if several else "table.releases.note.one"
    return Table(
        name="releases",
        frame=frame.reset_index(drop=True),
        columns=_columns(study, language, several),
        title=language("table.releases.title"),
        note=" ".join(
            [
                language(note, estimator=language(f"estimator.{study.primary.estimator}")),
                *_accepted(study, language, accepted_faults),
            ]
        ),
        group="part",
        group_label=language("table.column.window"),
        primary="primary",
    )


def _accepted(study: Study, language: Language, faults: pd.DataFrame) -> Iterator[str]:
    """A sentence for each release that was let pass although it looked wrong.

    Where small counts are withheld, what was found is too: it may name them.
    """
    for (release, reason), rows in faults.groupby(["release", "reason"], sort=True):
        yield language("table.releases.accepted", release=release, reason=reason)
        if study.said.smallest_cell <= 1:
            yield language("table.releases.found", found="”; “".join(sorted(rows["found"])))


def release_name(release: str, language: Language) -> str:
    """How a release is called; the only one of a study without a ledger has no name."""
    return release or language("releases.only")


def _columns(study: Study, language: Language, several: bool) -> tuple[Column, ...]:
    return (
        Column(("release",), language("table.releases.release"), "label"),
        Column(("day",), language("table.releases.retrieved"), "label", csv_only=True),
        Column(("lane",), language("table.releases.lane"), "label"),
        Column(("effect_percent",), language("table.main_effects.effect"), "effect"),
        effect_interval(study, language, ("percent_low", "percent_high")),
        Column(("p_value",), language("table.column.p"), "p"),
        *(
            Column((name,), language(f"table.releases.{name}"), "decimal", DECIMALS, counts=False)
            for name in POINTS
            if several
        ),
        Column(
            ("revised_cells",), language("table.releases.revised_cells"), "integer", counts=False
        ),
        Column(("added_months",), language("table.releases.added_months"), "integer", counts=False),
        Column(("why",), language("table.releases.why"), csv_only=not several),
    )
