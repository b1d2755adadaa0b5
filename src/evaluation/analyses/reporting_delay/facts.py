"""What the page says of late files."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value, known
from evaluation.study.study import Study


def numbers(study: Study, *, reporting_delay: pd.DataFrame) -> dict[str, Value]:
    """Of the primary outcome: what is known at the end of a month, and when it is final."""
    row = reporting_delay.set_index("outcome").loc[study.primary.outcome]
    return {
        "delay_first_share": known(row["share_0"]),
        "delay_later_share": known(row["share_1"]),
        "delay_days": None if pd.isna(row["days"]) else int(row["days"]),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    seen = numbers["delay_first_share"] is not None and numbers["delay_later_share"] is not None
    return ["reporting_delay" if seen else "reporting_delay_unknown"]
