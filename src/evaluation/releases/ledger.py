"""The ledger of a study: which releases it was run on, what they held, what it said of each.

    releases.csv                the releases in the order in which they were recorded
    files/<release>.csv         the run's list of files, byte for byte: enough to run it again
    accepted/<release>.txt      faults that a release was let pass with, and the reason
    checks/<release>.parquet    `ReleaseSummary`: what the next release's files are held against
    counts.parquet              `CountHistory`: the cells that each release changed
    tables/<digest>-<name>.csv  sectors and neighbours, whole, each version once
    estimates.csv               `EstimateHistory`: what was said of each release
    frozen/                     the frozen run's estimates, manifest and reports, read-only
    digests.json                what each of these files is (`journal`)

Rows are added and never changed. What a call writes is written whole or not at all (`journal`): a
process may be killed at any moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from evaluation.panel.contract import Panel
from evaluation.releases.accepted import accepted_rows
from evaluation.releases.contract import (
    CountHistory,
    EstimateHistory,
    NeighbourHistory,
    Releases,
    SectorHistory,
)
from evaluation.releases.frozen import Frozen, frozen_files, read_frozen
from evaluation.releases.journal import RESTORE, Journal
from evaluation.releases.recorded import further_estimates
from evaluation.releases.release import account_of
from evaluation.releases.since import (
    changed_cells,
    digest,
    last_complete_month,
    numbers_of,
    panel_at,
    panel_digest,
)
from evaluation.releases.stored import from_text, read_stored, to_text
from evaluation.releases.summary_contract import ReleaseSummary
from evaluation.sources.plan import read_pulled
from evaluation.sources.shipped_contract import Neighbours, Sectors
from evaluation.study.contract import as_contract, check
from evaluation.study.errors import InputError
from evaluation.study.files import parquet_bytes

RELEASES, COUNTS, ESTIMATES, FROZEN = "releases.csv", "counts.parquet", "estimates.csv", "frozen"
TABLES = {"sectors": Sectors, "neighbours": Neighbours}
NOTHING = as_contract(pd.DataFrame(), CountHistory)


class Ledger:
    """The ledger in `folder`, which is named for its study; nothing is made until it is written to.

    Every method raises `InputError`, naming the file, for a ledger that was edited, cut or is of
    another study, and for a release that it does not have.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.study = self.folder.resolve().name
        self._journal = Journal(self.folder)

    def record(
        self,
        release: str,
        files: str | Path,
        panel: pd.DataFrame,
        sectors: pd.DataFrame,
        neighbours: pd.DataFrame,
        *,
        retrieved_at: str,
        summary: pd.DataFrame | None = None,
        accepted: str = "",
    ) -> bool:
        """Record a release; False where it is recorded already, with the same content.

        files : the run's `pull/files.csv`
        panel, sectors, neighbours : `Panel`, `Sectors` and `Neighbours` rows, whole
        retrieved_at : `YYYY-MM-DDThh:mm:ssZ`; that of the first recording stays
        summary : `ReleaseSummary` rows, where the files were at hand
        accepted : what the gate found fault with, and why it was let pass; empty for nothing

        Raises `InputError` where the files make another release than `release`, the same release is
        recorded with other content, or the panel's inhabitants are not those of `sectors`.
        """
        account = account_of(read_pulled(files))
        if account.release != release:
            raise InputError(str(files), account.release, f"the release {release}", "Pull again.")
        panel = check(panel, Panel, "panel")
        sectors = check(sectors, Sectors, "sectors").sort_values("sector")
        neighbours = check(neighbours, Neighbours, "neighbours")
        neighbours = neighbours.sort_values(["sector", "neighbour"])
        texts = {"sectors": to_text(sectors), "neighbours": to_text(neighbours)}
        digests = {"panel_digest": panel_digest(panel)}
        digests |= {f"{name}_digest": digest(text) for name, text in texts.items()}
        with self._journal.writing():
            known = self._releases()
            if release in set(known["release"]):
                self._refuse_other_content(known, release, digests)
                return False
            row = {"number": len(known) + 1, "study": self.study, "retrieved_at": retrieved_at}
            row |= {**asdict(account), "last_complete_month": last_complete_month(panel), **digests}
            releases = pd.concat([known, as_contract(pd.DataFrame([row]), Releases)])
            releases = check(releases, Releases, RELEASES)
            content = {
                f"files/{release}.csv": Path(files).read_bytes(),
                COUNTS: parquet_bytes(self._with_counts(releases, panel, sectors)),
                RELEASES: to_text(releases),
                **{_table(name, digest(text)): text for name, text in texts.items()},
            }
            content |= _checked(release, summary, accepted)
            if known.empty:
                content[ESTIMATES] = to_text(as_contract(pd.DataFrame(), EstimateHistory))
            self._journal.put(content)
        return True

    def releases(self) -> pd.DataFrame:
        """`Releases` rows, in the order in which they were recorded; none without a ledger."""
        with self._journal.reading():
            return self._releases()

    def files_of(self, release: str) -> bytes:
        """The `pull/files.csv` of the run that recorded a release."""
        with self._journal.reading():
            self._row(self._releases(), release)
            return self._journal.path(f"files/{release}.csv").read_bytes()

    def summary_at(self, release: str) -> pd.DataFrame | None:
        """The `ReleaseSummary` of a release; None where its files were not at hand."""
        with self._journal.reading():
            self._row(self._releases(), release)
            name = f"checks/{release}.parquet"
            if name not in self._journal.names():
                return None
            return read_stored(self._journal.path(name), ReleaseSummary)

    def panel_at(self, release: str) -> pd.DataFrame:
        """The whole `Panel` as a release held it, sorted by sector, month and outcome."""
        with self._journal.reading():
            return self._panel_at(self._releases(), release)

    def tables_at(self, release: str) -> dict[str, pd.DataFrame]:
        """`sectors` and `neighbours` as a release held them, sorted by name."""
        with self._journal.reading():
            row = self._row(self._releases(), release)
            return {name: self._table(name, row) for name in TABLES}

    def record_estimates(self, release: str, frame: pd.DataFrame) -> int:
        """Record what a run says of a release; how many rows were new.

        frame : `Estimates` rows, and `look` of the monitoring lane where there is one

        A row that is recorded already, from the same code, specification, figures and lane, is not
        recorded again; any other is a further row. Raises `InputError` for estimates of another
        study, and for one that the same code once gave otherwise.
        """
        with self._journal.writing():
            releases = self._releases()
            self._row(releases, release)
            known = self._estimates(releases)
            where = f"estimates of {release}"
            if strange := sorted(set(frame["study"]) - {self.study}):
                raise InputError(where, f"study {strange[0]!r}", f"{self.study!r}", "Check it.")
            new = further_estimates(known, frame, release, where)
            if len(new):
                whole = pd.concat([known, new], ignore_index=True)
                self._journal.put({ESTIMATES: to_text(check(whole, EstimateHistory, where))})
            return len(new)

    def estimates(self, until: str | None = None) -> pd.DataFrame:
        """`EstimateHistory` rows, in the order of recording.

        until : only what had been said of earlier releases when this one's first estimate was
            recorded. What is recorded later does not change it.
        """
        with self._journal.reading():
            return self._estimates_until(self._releases(), until)

    def history(
        self, until: str | None = None, panel: pd.DataFrame | None = None
    ) -> dict[str, pd.DataFrame]:
        """The frames that analyses read, up to a release (by default the last one).

        panel : the `Panel` of the run that asks; where it is not that of the release, the run is of
            figures that are not recorded, and nothing that the ledger holds is its history

        `release_history` (`Releases`), `count_history` (`CountHistory`), `sector_history`
        (`SectorHistory`), `neighbour_history` (`NeighbourHistory`), `accepted_faults`
        (`AcceptedFaults`), and `estimate_history` (`estimates` of `until`). All are without rows
        where there is no ledger.
        """
        with self._journal.reading():
            every = self._releases()
            last = every["release"].iloc[-1] if until is None and len(every) else until
            row = self._row(every, last) if last else None
            if row and panel is not None and panel_digest(panel) != row["panel_digest"]:
                row, last = None, None
            number = row["number"] if row else 0
            releases = every[every["number"] <= number]
            counts = self._counts(every)
            rows = releases.to_dict("records")
            versions = {name: self._versions(name, rows) for name in TABLES}
            return {
                "release_history": releases,
                "count_history": counts[counts["since"].isin(releases["release"])],
                "sector_history": as_contract(versions["sectors"], SectorHistory),
                "neighbour_history": as_contract(versions["neighbours"], NeighbourHistory),
                "accepted_faults": self._accepted(releases["release"]),
                "estimate_history": self._estimates_until(every.head(number), last),
            }

    def freeze(self, results: str | Path, release: str) -> Frozen:
        """Keep a run's estimates, manifest, specification and reports, read-only, in `frozen/`.

        results : the folder `results/<study>` of a finished run on `release`

        The same freeze again changes nothing. Raises `InputError` where another run is frozen
        already, or `results` is unfinished or of another study.
        """
        content, made = frozen_files(Path(results), release, self.study)
        with self._journal.writing():
            self._row(self._releases(), release)
            known = self._frozen()
            if known is not None and not known.same(made):
                raise InputError(
                    str(self.folder / FROZEN),
                    f"the run on {known.release} is frozen, with specification "
                    f"{known.specification_hash}",
                    "no other freeze: it is what later figures are held against",
                    "Keep it; another freeze is for a study of another name.",
                )
            if known is None:
                self._journal.put(
                    {f"{FROZEN}/{name}": text for name, text in content.items()}, mode=0o444
                )
            return known or made

    def frozen(self) -> Frozen | None:
        """The frozen run, each of its files as it was frozen; None where nothing is."""
        with self._journal.reading():
            return self._frozen()

    def _releases(self) -> pd.DataFrame:
        if not self._journal.names():
            return as_contract(pd.DataFrame(), Releases)
        path = self._journal.path(RELEASES)
        table = from_text(path, Releases)
        if strange := sorted(set(table["study"]) - {self.study}):
            raise InputError(
                f"{path}, column study",
                f"the ledger of {strange[0]!r}",
                f"that of {self.study!r}, as its folder is called",
                "Give each study a ledger of its own.",
            )
        return table

    def _row(self, releases: pd.DataFrame, release: str) -> dict:
        rows = releases.to_dict("records")
        found = [row for row in rows if row["release"] == release]
        if not found:
            known = [row["release"] for row in rows]
            raise InputError(
                str(self.folder / RELEASES),
                f"no release {release}",
                f"one of {known}" if known else "a recorded release",
                "Record it first.",
            )
        return found[0]

    def _counts(self, releases: pd.DataFrame) -> pd.DataFrame:
        if releases.empty:
            return NOTHING
        return read_stored(self._journal.path(COUNTS), CountHistory)

    def _with_counts(
        self, releases: pd.DataFrame, panel: pd.DataFrame, sectors: pd.DataFrame
    ) -> pd.DataFrame:
        """The counts with the cells that the last of the releases changed."""
        known, release = releases.iloc[:-1], releases["release"].iloc[-1]
        numbers, counts = numbers_of(releases), self._counts(known)
        before = self._panel_at(known, known["release"].iloc[-1]) if len(known) else NOTHING
        new = changed_cells(before, panel, release)
        counts = pd.concat([counts, new], ignore_index=True) if len(counts) else new
        again = panel_at(counts, sectors, numbers, release)
        if panel_digest(again) != releases["panel_digest"].iloc[-1]:
            raise InputError(
                f"panel of {release}",
                "inhabitants or days that are not those of its sectors and months",
                "the panel that `build_panel` makes of these sectors",
                "Build the panel again.",
            )
        return counts

    def _panel_at(self, releases: pd.DataFrame, release: str) -> pd.DataFrame:
        row, numbers = self._row(releases, release), numbers_of(releases)
        panel = panel_at(self._counts(releases), self._table("sectors", row), numbers, release)
        if panel_digest(panel) != row["panel_digest"]:
            raise InputError(
                str(self.folder / COUNTS),
                f"another panel of {release} than was recorded",
                f"one of the digest {row['panel_digest']}",
                RESTORE,
            )
        return panel

    def _table(self, name: str, row: Mapping) -> pd.DataFrame:
        path = self._journal.path(_table(name, row[f"{name}_digest"]))
        return from_text(path, TABLES[name])

    def _versions(self, name: str, rows: list[dict]) -> pd.DataFrame:
        """The versions of a table, each with the release since which it holds."""
        versions, before = [pd.DataFrame()], ""
        for row in rows:
            if row[f"{name}_digest"] != before:
                versions.append(self._table(name, row).assign(since=row["release"]))
            before = row[f"{name}_digest"]
        return pd.concat(versions, ignore_index=True)

    def _accepted(self, releases: Iterable[str]) -> pd.DataFrame:
        """What the releases were let pass with, in their order."""
        held, names = self._journal.names(), {name: f"accepted/{name}.txt" for name in releases}
        paths = {name: self._journal.path(file) for name, file in names.items() if file in held}
        return accepted_rows({name: path.read_text("utf-8") for name, path in paths.items()})

    def _estimates(self, releases: pd.DataFrame) -> pd.DataFrame:
        if releases.empty:
            return as_contract(pd.DataFrame(), EstimateHistory)
        return from_text(self._journal.path(ESTIMATES), EstimateHistory)

    def _estimates_until(self, releases: pd.DataFrame, until: str | None) -> pd.DataFrame:
        table = self._estimates(releases)
        if until is None:
            return table
        last, numbers = self._row(releases, until)["number"], numbers_of(releases)
        own = table.loc[table["release"] == until, "entry"]
        earlier = (table["release"].map(numbers) < last) & ~(table["entry"] > own.min())
        return table[earlier].reset_index(drop=True)

    def _frozen(self) -> Frozen | None:
        names = [name for name in self._journal.names() if name.startswith(f"{FROZEN}/")]
        return read_frozen([self._journal.path(name) for name in names]) if names else None

    def _refuse_other_content(self, known: pd.DataFrame, release: str, digests: Mapping) -> None:
        row = known[known["release"] == release].iloc[0]
        for name, found in digests.items():
            if row[name] != found:
                raise InputError(
                    f"release {release}",
                    f"another {name.removesuffix('_digest')} ({found}) than was recorded "
                    f"({row[name]})",
                    "the same files to give the same figures",
                    "Undo the change of code or outcomes, or begin a ledger of its own for it.",
                )


def _checked(release: str, summary: pd.DataFrame | None, accepted: str) -> dict[str, bytes]:
    """The files of the gate on arrival, by name."""
    content = {f"accepted/{release}.txt": accepted.encode("utf-8")} if accepted else {}
    if summary is not None:
        held = check(summary, ReleaseSummary, "summary of the release")
        content[f"checks/{release}.parquet"] = parquet_bytes(held)
    return content


def no_history() -> dict[str, pd.DataFrame]:
    """The frames of `Ledger.history` where nothing has been recorded."""
    return Ledger(Path("no ledger")).history()


def _table(name: str, digest: str) -> str:
    return f"tables/{digest}-{name}.csv"
