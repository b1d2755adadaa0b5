"""A study made ready from its folder of figures: all that can be refused before any job runs.

`python -m evaluation.design.prepare config/config.yaml` prints the two hashes to freeze.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.design.design import design_study, refuse_small_cells
from evaluation.design.unfinished import refuse_unfinished
from evaluation.panel.build import panel_of
from evaluation.panel.studied import studied, vintage
from evaluation.panel.totals import refuse_unequal_totals
from evaluation.sources.place import filled_in, given_figures, is_place
from evaluation.sources.shipped import Shipped, read_shipped
from evaluation.study.config import read_yaml
from evaluation.study.errors import EstimationError, InputError
from evaluation.study.strict_yaml import place
from evaluation.study.study import Study, gives_figures, load


@dataclass(frozen=True)
class Prepared:
    """`Panel`, `Units` and `States` rows of a study, and the vintage of its figures.

    panel : the months that the study reads
    all_months, followed : every covered one, and those up to the last look of the monitoring
    sectors, neighbours : as they were given
    vintage : over all that estimates rest on
    """

    panel: pd.DataFrame
    all_months: pd.DataFrame
    followed: pd.DataFrame
    units: pd.DataFrame
    states: pd.DataFrame
    sectors: pd.DataFrame
    neighbours: pd.DataFrame
    vintage: str


def prepare(study: Study, where: str) -> Prepared:
    """The panel and the design of a study, from the tables of its folder `study.data`.

    Raises `InputError` for tables that are off their contracts or contradict each other, windows
    that the figures do not cover, totals that are not the sum of their parts, and
    choices that leave nothing to estimate. `where` names the config in messages.
    """
    return prepare_from(read_shipped(study.data), study, where)


def prepare_from(given: Shipped, study: Study, where: str) -> Prepared:
    """What `prepare` gives, from tables already read."""
    refuse_uncovered(study, given.coverage, where)
    panel = panel_of(given, study)
    # The tables of a folder have no opening dates, which would say when a month is final.
    refuse_unfinished(study, panel, None, where)
    rings = str(Path(study.data) / "ring_quarter.csv")
    refuse_unequal_totals(given.ring_quarter, given.coverage, study.definitions, rings)
    cut = studied(panel, given, study)
    try:
        units, states = design_study(cut["panel"], given.sectors, given.neighbours, study)
    except EstimationError as error:
        raise InputError(
            where,
            str(error),
            "choices that the figures can honour",
            f"Change the config, or complete the tables of {study.data}.",
        ) from None
    refuse_small_cells(panel, study, study.said.smallest_cell)
    return Prepared(
        cut["panel"],
        panel,
        cut["followed"],
        units,
        states,
        given.sectors,
        given.neighbours,
        vintage(cut["panel"], given.sectors, given.neighbours),
    )


def refuse_uncovered(study: Study, coverage: pd.DataFrame, where: str) -> None:
    """Refuse windows that begin before an outcome's figures or end after them.

    Where the figures end before the start, all months that lack are named, up to the last window's.
    Gaps within are left out of the periods and said in the report; so is a published claim about
    years that are not covered.

    Parameters
    ----------
    coverage : `Coverage` rows
    """
    refuse_uncovered_before(study, coverage, where)
    spans = {row.outcome: row for row in coverage.itertuples()}
    for name, last in study.post_windows:
        for outcome in study.outcomes:
            if outcome in spans and last > spans[outcome].last_month:
                _refuse_late(study, name, spans[outcome], where)


def _refuse_late(study: Study, window: str, row, where: str) -> None:
    key, problem = f"post_windows.{window}", f"it ends {dict(study.post_windows)[window]}"
    if row.last_month >= study.treatment_start:
        _refuse(where, key, problem, row)
    raise InputError(
        place(where, key.split(".")),
        f"{problem}. Months {study.treatment_start}..{study.last_month} lack: figures of "
        f"{row.outcome} end {row.last_month}, before the start",
        "figures of the windows",
        "Wait for them. Until then `snakemake preregister` writes the plan of this study.",
    )


def refuse_uncovered_before(study: Study, coverage: pd.DataFrame, where: str) -> None:
    """Refuse months to match that begin before an outcome's figures; `coverage` as above."""
    spans = {row.outcome: row for row in coverage.itertuples()}
    firsts = [("pre_period", study.pre_period.first, study.outcomes)]
    grid = study.robustness.grid
    firsts += [
        (f"robustness.grid.pre_periods.{name}", first, grid.outcomes)
        for name, first, _ in grid.pre_periods
    ]
    for key, first, outcomes in firsts:
        for outcome in outcomes:
            if outcome in spans and first < spans[outcome].first_month:
                _refuse(where, key, f"it begins {first}", spans[outcome])


def _refuse(where: str, key: str, problem: str, row) -> None:
    raise InputError(
        place(where, key.split(".")),
        problem,
        f"months of {row.first_month}..{row.last_month}, which coverage.csv has for {row.outcome}",
        "Correct the months, or leave the outcome out.",
    )


def to_freeze(config: str) -> tuple[str, str]:
    """The hash of a study, and the vintage of its figures."""
    written = read_yaml(config)
    if is_place(written):
        study = load(config, filled_in(written, config))
        return study.hash, prepare_from(given_figures(written, config), study, config).vintage
    study = load(config)
    if not gives_figures(written):
        raise InputError(
            f"{config}, key source.from",
            "figures that are yet to be derived",
            "a finished run of this study, whose hashes `make freeze` names",
            "Run `make month`, then `make freeze`.",
        )
    return study.hash, prepare(study, config).vintage


if __name__ == "__main__":
    try:
        frozen_hash, frozen_vintage = to_freeze(*sys.argv[1:2] or ["config/config.yaml"])
    except InputError as error:
        sys.exit(f"InputError: {error}")
    print(f"frozen_hash: {frozen_hash}\nfrozen_vintage: {frozen_vintage}")
