"""What the table of `donor_rules` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import AlternativeEffects


class DonorRules(AlternativeEffects):
    """The effect under another rule for donors, matched years or ranked placebos.

    `rule` is `own` (the study's), `contiguous in`, `radius` (`value` in metres), `redrawn out`,
    `borough out`, `borough only`, `later entrants in` (programme sectors until they enter), `year
    left out` and `year counted` (matched to the year before last; the last year before the start
    left out, or counted as treated), or `placebos within` (ranked are placebos with at most `value`
    times the treated unit's pre-period RMSPE).
    """

    rule: Series[str]
    value: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["outcome", "estimator", "window", "rule", "value"]
