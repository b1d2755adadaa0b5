"""The months that a study reads, and the vintage of the figures in them.

Months after the last window belong to no estimate: cut away, they cannot rerun a job, move a number
or make a frozen study exploratory. What is drawn or said of months beyond the windows reads the
whole panel.
"""

import hashlib

import pandas as pd

from evaluation.sources.shipped import Shipped
from evaluation.study.files import csv_bytes
from evaluation.study.months import shifted
from evaluation.study.study import Study

CELLS = ["sector", "month", "outcome", "count", "covered", "complete"]
GIVEN = ["exposure", "value"]  # cells of a panel that was given
# The tables of `studied`.
CUT = ("panel", "followed", "ring_quarter", "variants", "variant_coverage")


def studied(panel: pd.DataFrame, given: Shipped, study: Study) -> dict[str, pd.DataFrame]:
    """The tables of `CUT`, each with the months that the study reads and no others.

    `panel` is the whole one; `followed` goes on to the last look of the monitoring. Orders stay;
    `variant_coverage` names no files, for a file's name is no figure.
    """
    coverage = given.variant_coverage
    last = coverage["last_month"].where(coverage["last_month"] < study.last_month, study.last_month)
    return {
        "panel": _between(panel, "month", study),
        "followed": panel[panel["month"] <= last_followed(study)].reset_index(drop=True),
        "ring_quarter": _between(given.ring_quarter, "quarter", study),
        "variants": _between(given.variants, "quarter", study),
        "variant_coverage": coverage.assign(
            last_month=last.where(coverage["last_month"] != "", ""), source=""
        ),
    }


def last_followed(study: Study) -> str:
    """The last month of any window, or of any look where monitoring is planned."""
    plan = study.monitoring
    looked = shifted(study.treatment_start, plan.horizon - 1) if plan else ""
    return max(study.last_month, looked)


def _between(table: pd.DataFrame, column: str, study: Study) -> pd.DataFrame:
    inside = table[column].between(study.first_month, study.last_month)
    return table[inside].reset_index(drop=True)


def vintage(panel: pd.DataFrame, sectors: pd.DataFrame, neighbours: pd.DataFrame) -> str:
    """Twelve hex digits over the figures that estimates rest on, wherever they came from.

    Parameters
    ----------
    panel : of `studied`; of its columns those of `CELLS` count, for the others follow from them
    sectors, neighbours : `Sectors` and `Neighbours` rows

    The order of rows does not matter.
    """
    cells = CELLS + [name for name in GIVEN if name in panel]
    tables = (panel[cells], sectors, neighbours)
    parts = (csv_bytes(table.sort_values(list(table.columns))) for table in tables)
    return hashlib.sha256(b"\n".join(parts)).hexdigest()[:12]
