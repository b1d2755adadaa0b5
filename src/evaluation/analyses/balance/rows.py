"""The rows of the balance table in their order."""

import pandas as pd

from evaluation.analyses.balance.compute import FIGURES, MEASURES
from evaluation.study.study import Study


def balance_rows(study: Study, balance: pd.DataFrame) -> pd.DataFrame:
    """The rows of the balance table in its order: by measure, then outcomes as in the study."""
    names = [*study.outcomes, *FIGURES]
    places = [
        (MEASURES.index(measure), names.index(name))
        for measure, name in zip(balance["measure"], balance["name"], strict=True)
    ]
    order = sorted(range(len(places)), key=places.__getitem__)
    return balance.iloc[order].reset_index(drop=True)
