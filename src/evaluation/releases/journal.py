"""Several files written together, all or none, whatever moment a process dies.

What one call writes is laid whole into `arriving/`; renamed to `arrived/`, it counts, and is moved
into place. The next writer clears the first and finishes the second; who only reads looks into
`arrived/` first (a redo log: Gray & Reuter 1993, Transaction Processing). `digests.json` has the
SHA-256 of every file, so that an edit is noticed before anything is read out of it.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from evaluation.study.durable import locked, sync_file, sync_folder
from evaluation.study.errors import InputError

DIGESTS = "digests.json"
RESTORE = "Restore the folder from a copy; nothing in it is meant to be edited."


class Journal:
    """A folder whose files change together; nothing is made until it is written to."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._arriving, self._arrived = folder / "arriving", folder / "arrived"

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold the folder against writers."""
        if not self.folder.is_dir():
            yield
            return
        with locked(self.folder, shared=True, wait=True):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder alone, after finishing or clearing what a killed process had begun."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder, wait=True):
            if self._arriving.exists():
                shutil.rmtree(self._arriving)
            self._settle()
            yield

    def put(self, content: Mapping[str, bytes], mode: int = 0o644) -> None:
        """Write some files, by name below the folder; within `writing` only."""
        digests = self._digests() | {
            name: hashlib.sha256(text).hexdigest() for name, text in content.items()
        }
        listed = json.dumps(dict(sorted(digests.items())), indent=1) + "\n"
        content = {**content, DIGESTS: listed.encode("utf-8")}
        self._arriving.mkdir()
        for name, text in content.items():
            path = self._arriving / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text)
            path.chmod(mode)
            sync_file(path)
        for folder in sorted({self._arriving, *((self._arriving / n).parent for n in content)}):
            sync_folder(folder)
        self._arriving.rename(self._arrived)
        sync_folder(self.folder)
        self._settle()

    def names(self) -> list[str]:
        """The files that were ever put here, sorted; none where nothing was."""
        return sorted(self._digests())

    def path(self, name: str) -> Path:
        """Where a file is, once its bytes are known to be what was written; else `InputError`."""
        path, digests = self._at(name), self._digests()
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        if not found or found != digests.get(name):
            problem = "not what was written" if found else "no such file"
            raise InputError(str(path), problem, "the file as it was written", RESTORE)
        return path

    def _at(self, name: str) -> Path:
        """A killed process may have left a file on its way."""
        on_its_way = self._arrived / name
        return on_its_way if on_its_way.exists() else self.folder / name

    def _digests(self) -> dict[str, str]:
        path = self._at(DIGESTS)
        if not path.exists():
            begun = {".lock", self._arriving.name}
            if held := sorted({one.name for one in self.folder.glob("*")} - begun):
                problem = f"no such file, next to {held[0]}"
                raise InputError(str(path), problem, "the list of files", RESTORE)
            return {}
        try:
            return dict(json.loads(path.read_bytes()))
        except (ValueError, TypeError):
            raise InputError(str(path), "no list of digests", "one in JSON", RESTORE) from None

    def _settle(self) -> None:
        """Move what has arrived whole into its place."""
        if not self._arrived.exists():
            return
        for path in sorted(self._arrived.rglob("*"), reverse=True):  # files before their folders
            if path.is_dir():
                path.rmdir()
                continue
            place = self.folder / path.relative_to(self._arrived)
            place.parent.mkdir(exist_ok=True)
            path.replace(place)
            sync_folder(place.parent)
        sync_folder(self.folder)
        self._arrived.rmdir()
