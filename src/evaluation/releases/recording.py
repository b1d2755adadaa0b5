"""A release on its way into the ledger: held against the last one, then recorded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from evaluation.releases.accepted import accepted_text
from evaluation.releases.arrival import Held, faults, refuse
from evaluation.releases.ledger import Ledger
from evaluation.releases.release import account_of
from evaluation.sources.plan import read_pulled
from evaluation.sources.vintages import Vintage
from evaluation.study.errors import InputError
from evaluation.study.statements import EXPLORATORY


@dataclass(frozen=True)
class Arriving:
    """What a run has made of a release.

    files : path of its `pull/files.csv`
    panel, sectors, neighbours, coverage : `Panel`, `Sectors`, `Neighbours`, `Coverage` rows, whole
    summary : `ReleaseSummary` rows; None for figures that ship
    """

    files: str | Path
    panel: pd.DataFrame
    sectors: pd.DataFrame
    neighbours: pd.DataFrame
    coverage: pd.DataFrame
    summary: pd.DataFrame | None = None

    @property
    def release(self) -> str:
        return account_of(read_pulled(self.files)).release

    @property
    def held(self) -> Held:
        return Held(self.panel, self.sectors, self.coverage, self.summary)


def record_release(
    ledger: Ledger, arriving: Arriving, accept: Mapping[str, str], retrieved_at: str
) -> dict:
    """Record a release that the gate lets pass, or that `accept` names.

    Parameters
    ----------
    accept : reasons by release, `source.accept` of the config
    retrieved_at : when its files came, in UTC, `YYYY-MM-DDThh:mm:ssZ`

    Returns
    -------
    `release`, `first` (the release is the first of the ledger), `accepted` (the faults that it was
    let pass with) and `reason`. A release that is recorded already passes as it did then.

    Raises `InputError` for a release at fault; the ledger is then as it was.
    """
    release, known = arriving.release, list(ledger.releases()["release"])
    earlier = known[: known.index(release)] if release in known else known
    found = faults(arriving.held, held_at(ledger, earlier[-1]) if earlier else None)
    passing = release not in known and refuse(found, release, accept)
    ledger.record(
        release,
        arriving.files,
        arriving.panel,
        arriving.sectors,
        arriving.neighbours,
        retrieved_at=retrieved_at,
        summary=arriving.summary,
        accepted=accepted_text(accept[release], found) if passing else "",
    )
    return {
        "release": release,
        "first": not earlier,
        "accepted": [str(fault) for fault in found],
        "reason": accept.get(release, "") if found else "",
    }


def held_at(ledger: Ledger, release: str) -> Held:
    """What the gate looks at in a release, as the ledger holds it."""
    sectors = ledger.tables_at(release)["sectors"]
    return Held(ledger.panel_at(release), sectors, None, ledger.summary_at(release))


def came_at(files: str | Path, vintages: list[Vintage]) -> str:
    """When the last of a release's files came, in UTC, by the vintage store.

    Raises `InputError` for a file that the store does not list.
    """
    wanted = set(read_pulled(files)["sha256"])
    times: dict[str, str] = {}
    for vintage in vintages:
        if vintage.sha256 in wanted:
            first = times.get(vintage.sha256, vintage.retrieved_at)
            times[vintage.sha256] = min(first, vintage.retrieved_at)
    if lacking := sorted(wanted - set(times)):
        raise InputError(
            str(files), f"{lacking[0]} is not in the store", "files that were pulled", "Pull again."
        )
    return max(times.values())


def freeze_run(ledger: Ledger, results: str | Path, release: str, numbers: Mapping) -> dict:
    """Keep a finished run in the ledger as the frozen one: its study, release and hashes.

    numbers : those of the run's `numbers.json`. Raises `InputError` while the run is exploratory:
    what is frozen is what the config says is frozen.
    """
    if numbers["lane"] == EXPLORATORY:
        raise InputError(
            "keys frozen_hash and frozen_vintage",
            "the run is exploratory",
            f"frozen_hash: {numbers['hash']} and frozen_vintage: {numbers['data_vintage']}",
            "Put the two lines into the config, run the study again, then freeze it.",
        )
    return asdict(ledger.freeze(results, release))
