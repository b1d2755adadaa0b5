"""Size and power for a plan: of a finished run, or of any simulation that gives `Power` rows."""

from dataclasses import dataclass

import pandas as pd

from evaluation.analyses.power.facts import primary_power
from evaluation.analyses.preregistration.standing import AHEAD, POST_HOC, REGISTERED
from evaluation.calibration.contract import Power, Size
from evaluation.calibration.scale_up.ahead import NULL
from evaluation.study.contract import as_contract
from evaluation.study.study import Study

# Why a plan has no power: by its standing.
VALUES = "values"
REASONS = {AHEAD: "to come", REGISTERED: "unseen", POST_HOC: "no run"}


@dataclass(frozen=True)
class Measured:
    """`Power` and `Size` rows of the primary analysis, and why there are none (empty if there are).

    reason : `to come` (months after the start do not exist yet), `unseen` (a registered plan takes
        nothing from a run that reads them), `no run` (none of this specification is at hand),
        `values` (a run measured differences of values, which its report shows)
    """

    power: pd.DataFrame
    sizes: pd.DataFrame
    reason: str

    @property
    def is_ahead(self) -> bool:
        """Whether the months after the start were assumed: `power` is `PowerAhead` rows."""
        return bool((self.power["null"] == NULL).any())


def power_rows(
    study: Study,
    standing: str,
    *,
    power: pd.DataFrame | None = None,
    sizes: pd.DataFrame | None = None,
) -> Measured:
    """What the test that decides finds, and how often it errs, in the primary analysis.

    Parameters
    ----------
    standing : of the plan (`standing.py`); says why there is nothing where nothing is given
    power, sizes : `Power` and `Size` rows, whatever measured them: a finished run, or a simulation
        that reads no month after the start
    """
    found = as_contract(pd.DataFrame(), Power) if power is None else primary_power(study, power)
    known = as_contract(pd.DataFrame(), Size) if sizes is None else study.primary.tested(sizes)
    if len(found) and "difference" in found:
        return Measured(as_contract(pd.DataFrame(), Power), known, VALUES)
    return Measured(found, known, "" if len(found) else REASONS[standing])
