"""What a release was let pass with, as the ledger keeps it: the reason, then each fault."""

from collections.abc import Sequence

import pandas as pd

from evaluation.releases.contract import AcceptedFaults
from evaluation.releases.fault import Fault, finding
from evaluation.study.contract import from_rows


def accepted_text(reason: str, faults: Sequence[Fault]) -> str:
    """A line for the reason, and one for each fault in full."""
    return "".join(f"{' '.join(str(line).split())}\n" for line in (reason, *faults))


def accepted_rows(texts: dict[str, str]) -> pd.DataFrame:
    """`AcceptedFaults` rows of the texts of `accepted_text`, by release."""
    rows = []
    for release, text in texts.items():
        reason, *faults = text.splitlines()
        rows += [
            {"release": release, "reason": reason, "found": finding(fault)} for fault in faults
        ]
    return from_rows(rows, AcceptedFaults)
