"""What the page says with the event study."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study, *, event_study: pd.DataFrame) -> dict[str, Value]:
    """Counts over all event studies."""
    post = event_study[event_study["state"] == "post"]
    outside = (post["band_low"] > 0) | (post["band_high"] < 0)
    choices = study.robustness.event_study
    return {
        "events_outcome": choices.outcomes[0],
        "events_post_bins": len(post),
        "events_bands": int(outside.sum()),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    return ["event_study" if numbers["events_post_bins"] else "event_study_none"]
