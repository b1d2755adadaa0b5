"""The vintage store: every file ever pulled, once, under the SHA-256 of its bytes.

    raw/<sha256>      the files, read-only
    vintages.csv      one row per vintage: where it came from and what it holds
    arriving/         downloads that are not whole yet, and vintages about to be listed

Nothing that is stored is written again, so a process may be killed at any moment. A file is
checked where it arrives; then its row is noted in `arriving/`, the file renamed into `raw/`, the
row listed, the note removed. `recover` finishes what a killed process had begun.
"""

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from evaluation.sources.download import sha256_of
from evaluation.sources.pulled_contract import Vintages
from evaluation.study.contract import check
from evaluation.study.durable import locked, sync_file, sync_folder, write_synced
from evaluation.study.errors import InputError
from evaluation.study.files import csv_bytes

COLUMNS = (
    *("retrieved_at", "dataset", "url", "sha256", "bytes"),
    *("rows", "first_month", "last_month", "schema"),
)


@dataclass(frozen=True)
class Contents:
    """What a file holds: its schema, its rows, and the months they span (empty for none)."""

    schema: str
    rows: int
    first_month: str = ""
    last_month: str = ""


@dataclass(frozen=True)
class Vintage:
    """One row of `vintages.csv`; `retrieved_at` is in UTC."""

    retrieved_at: str
    dataset: str
    url: str
    sha256: str
    bytes: int
    rows: int
    first_month: str
    last_month: str
    schema: str


Inspect = Callable[[Path], Contents]


class Store:
    """A vintage store in `folder`, which is made where it does not exist."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.raw = self.folder / "raw"
        self.arriving = self.folder / "arriving"
        self.table = self.folder / "vintages.csv"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the store for writing, after finishing what a killed process had begun.

        The system gives the lock back when a process ends, however it ends. Raises `InputError`
        where another process holds it.
        """
        for place in (self.raw, self.arriving):
            place.mkdir(parents=True, exist_ok=True)
        with locked(self.folder):
            self.recover()
            yield

    def recover(self) -> list[Vintage]:
        """List vintages whose files are in place but whose rows are not; clear other leftovers."""
        finished = []
        for note in sorted(self.arriving.glob("*.vintage")):
            vintage = Vintage(**json.loads(note.read_text(encoding="utf-8")))
            if self.path(vintage.sha256).exists():
                self._list(vintage)
                finished.append(vintage)
            note.unlink()
        # Only these are never gone on with; partial downloads (`*.part`) are.
        for place, pattern in (
            (self.arriving, "*.tmp"),
            (self.arriving, ".*.part"),
            (self.folder, ".vintages-*.tmp"),
        ):
            for leftover in place.glob(pattern):
                leftover.unlink()
        return finished

    def part(self, url: str) -> Path:
        """Where the download of an address arrives."""
        return self.arriving / f"{uuid.uuid5(uuid.NAMESPACE_URL, url).hex}.part"

    def copy(self, source: str | Path) -> Path:
        """Copy a file of the user's to where vintages arrive."""
        target = self.arriving / f"{uuid.uuid4().hex}.tmp"
        shutil.copyfile(source, target)
        return target

    def add(
        self, arrived: str | Path, dataset: str, url: str, retrieved_at: str, inspect: Inspect
    ) -> Vintage:
        """Take a whole file into the store and return its vintage.

        A dataset's file whose bytes are stored already is not stored again: its first vintage is
        returned. `inspect` reads the file and raises `InputError` for one that cannot be used; the
        store is then as it was, and the file is removed.
        """
        arrived = Path(arrived)
        sha256 = sha256_of(arrived)
        if known := self.find(dataset, sha256):
            arrived.unlink()
            return known
        try:
            contents = inspect(arrived)
        except InputError:
            arrived.unlink()
            raise
        vintage = Vintage(
            retrieved_at=retrieved_at,
            dataset=dataset,
            url=url,
            sha256=sha256,
            bytes=arrived.stat().st_size,
            **asdict(contents),
        )
        check(pd.DataFrame([asdict(vintage)]), Vintages, f"{url}, its vintage")
        self._place(arrived, vintage)
        return vintage

    def find(self, dataset: str, sha256: str) -> Vintage | None:
        return next(
            (v for v in self.vintages() if (v.dataset, v.sha256) == (dataset, sha256)), None
        )

    def vintages(self) -> list[Vintage]:
        """All vintages in the order they came. Raises `InputError` for a broken table."""
        if not self.table.exists():
            return []
        text = pd.read_csv(self.table, dtype=str, keep_default_na=False)
        numbers = [name for name in ("bytes", "rows") if name in text]
        try:
            table = text.astype(dict.fromkeys(numbers, "int64"))
        except ValueError as error:
            raise InputError(
                str(self.table), str(error), "whole numbers", "Restore the file."
            ) from None
        table = check(table, Vintages, str(self.table))
        return [Vintage(**row) for row in table[list(COLUMNS)].to_dict("records")]

    def retrieval_days(self) -> dict[str, str]:
        """The day, `YYYY-MM-DD` in UTC, on which bytes first came, by their SHA-256."""
        days: dict[str, str] = {}
        for vintage in self.vintages():
            day = vintage.retrieved_at[:10]
            days[vintage.sha256] = min(day, days.get(vintage.sha256, day))
        return days

    def path(self, sha256: str) -> Path:
        return self.raw / sha256

    def verified(self, sha256: str) -> Path:
        """The path of a stored file whose bytes still have their hash; else `InputError`."""
        path = self.path(sha256)
        if not path.exists() or sha256_of(path) != sha256:
            raise InputError(
                str(path),
                "the stored file is " + ("not what was stored" if path.exists() else "gone"),
                "the bytes that its name states",
                "Restore the store from a copy; vintages.csv says where the file came from.",
            )
        return path

    def _place(self, arrived: Path, vintage: Vintage) -> None:
        sync_file(arrived)
        note = self.arriving / f"{vintage.sha256}-{uuid.uuid4().hex}.vintage"
        text = json.dumps(asdict(vintage), ensure_ascii=False)
        write_synced(text.encode("utf-8"), note, note.with_suffix(".tmp"))
        stored = self.path(vintage.sha256)
        if stored.exists():
            arrived.unlink()  # the same bytes in another dataset
        else:
            arrived.chmod(0o444)
            arrived.rename(stored)
            sync_folder(self.raw)
        self._list(vintage)
        note.unlink()

    def _list(self, vintage: Vintage) -> None:
        listed = self.vintages()
        if any((v.dataset, v.sha256) == (vintage.dataset, vintage.sha256) for v in listed):
            return
        table = pd.DataFrame([asdict(v) for v in (*listed, vintage)], columns=list(COLUMNS))
        temporary = self.folder / f".vintages-{uuid.uuid4().hex}.tmp"
        write_synced(csv_bytes(table), self.table, temporary)
