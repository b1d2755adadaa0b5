"""What the table of `revised_cells` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH, Contract


class RevisedCells(Contract):
    """One cell of the primary outcome that a release revised, and what it alone moves.

    `moves` is the change of the log rate ratio where this revision alone is laid on the panel of
    the release `earlier`. `place` counts from the cell that moves it most; those that move nothing
    are left out.
    """

    window: Series[str]
    number: Series[int] = pa.Field(ge=2)
    release: Series[str]
    earlier: Series[str]
    place: Series[int] = pa.Field(ge=1)
    sector: Series[str]
    month: Series[str] = pa.Field(str_matches=MONTH)
    before: Series[int] = pa.Field(ge=0)
    after: Series[int] = pa.Field(ge=0)
    moves: Series[float]

    class Config:
        unique = ["window", "number", "place"]
