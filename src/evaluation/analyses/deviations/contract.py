"""What the table of `deviations` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract

KINDS = ("choice", "code", "figures")


class Deviations(Contract):
    """One thing in which a run differs from the registered plan.

    `kind` is `choice` (`choice` is the key of the config), `code` (that which makes the estimates)
    or `figures` (those before the start; `choice` is the outcome or the table). `planned` and `run`
    are JSON, empty where the plan or the run has no such thing.
    """

    kind: Series[str] = pa.Field(isin=KINDS)
    choice: Series[str]
    planned: Series[str]
    run: Series[str]

    class Config:
        unique = ["kind", "choice"]
