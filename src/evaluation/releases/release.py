"""What a release is called, and what its files come to."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from evaluation.sources.plan import ASIDE, INCIDENTS, TABLE
from evaluation.study.contract import MONTH
from evaluation.study.errors import InputError


@dataclass(frozen=True)
class Account:
    """The files of one release in a line of `Releases`."""

    release: str
    sha256s: str
    rows: int
    cut: str


def identifier(last_month: str, sha256s: Iterable[str]) -> str:
    """`2026-09-1a2b3c4d`: the last month of the files and eight hex digits over their contents.

    The digits are the first of a SHA-256 over the sorted SHA-256s of the files, one a line: neither
    their names nor their order matter. Raises `InputError` without a month or without files.
    """
    found = sorted(set(sha256s))
    if not found or not re.fullmatch(MONTH, last_month):
        raise InputError(
            "the files of a release",
            f"last month {last_month!r}, {len(found)} files",
            "a month, YYYY-MM, and at least one file",
            "Pull again.",
        )
    digest = hashlib.sha256("\n".join(found).encode()).hexdigest()
    return f"{last_month}-{digest[:8]}"


def account_of(files: pd.DataFrame) -> Account:
    """The release that a run's `PulledFiles` make: its incident files, maps and totals, or tables.

    Files that were set aside are no part of it. Raises `InputError` as `identifier`.
    """
    used = files[files["kind"] != ASIDE]
    dated = used[used["kind"].isin([INCIDENTS, TABLE])]
    return Account(
        release=identifier(max(dated["last_month"], default=""), used["sha256"]),
        sha256s=" ".join(sorted(set(used["sha256"]))),
        rows=int(dated["rows"].sum()),
        cut=max(dated["cut"], default=""),
    )
