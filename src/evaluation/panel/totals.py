"""Totals and their parts: an outcome that is `sum_of` others is their sum in every cell."""

from collections.abc import Iterable

import pandas as pd

from evaluation.panel.quarters import covered_months
from evaluation.study.errors import InputError
from evaluation.study.outcomes import OutcomeDefinition


def refuse_unequal_totals(
    counts: pd.DataFrame,
    coverage: pd.DataFrame,
    definitions: Iterable[OutcomeDefinition],
    where: str,
) -> None:
    """Raise `InputError` for the first total that is not the sum of its parts.

    Where the table lacks a part altogether, the total is at least the sum of the others. A total
    must not cover a month that a part, which the table has, does not cover.

    Parameters
    ----------
    counts : one row per cell and outcome with its `count`: `SectorMonth`, or `RingQuarter` rows
    coverage : `Coverage` rows
    where : the table, for messages
    """
    spans = coverage.set_index("outcome")
    keys = [name for name in counts.columns if name not in ("outcome", "count")]
    given = set(counts["outcome"])
    for total in definitions:
        parts = [part for part in total.sum_of if part in given]
        if total.name not in given or not parts:
            continue
        _refuse_uncovered(total.name, parts, spans, where)
        wanted = counts[counts["outcome"].isin([total.name, *parts])]
        # Parts may cover months that the total does not: those cells have no total.
        cells = wanted.pivot(index=keys, columns="outcome", values="count")
        cells = cells.dropna(subset=[total.name])
        sums = cells[parts].sum(axis=1)
        whole = len(parts) == len(total.sum_of)
        wrong = cells[total.name] != sums if whole else cells[total.name] < sums
        if wrong.any():
            _refuse(cells[wrong].iloc[0], total.name, parts, whole, where)


def _refuse_uncovered(total: str, parts: list[str], spans: pd.DataFrame, where: str) -> None:
    if total not in spans.index:
        return
    months = covered_months(spans.loc[total], where)
    for part in parts:
        if part in spans.index and (beyond := months - covered_months(spans.loc[part], where)):
            raise InputError(
                f"{where}, outcome {total}",
                f"{min(beyond)} is covered, which its part {part} does not cover",
                "months that every part covers (`sum_of` in the outcome definitions)",
                "Correct coverage.csv, or define the outcome by `delitos`.",
            )


def _refuse(cell: pd.Series, total: str, parts: list[str], whole: bool, where: str) -> None:
    names = cell.name if isinstance(cell.name, tuple) else (cell.name,)
    terms = " + ".join(f"{part} {cell[part]:.0f}" for part in parts)
    raise InputError(
        f"{where}, {', '.join(map(str, names))}",
        f"{total} is {cell[total]:.0f}, but {terms} = {cell[parts].sum():.0f}",
        "a total that is the sum of its parts" if whole else "a total no smaller than its parts",
        "Correct the total or a part (`sum_of` in the outcome definitions).",
    )
