"""Several files written together, all or none, whatever moment a process dies.

What one call writes is laid whole into `arriving/`; renamed to `arrived/`, it counts, and is moved
into place. The next writer clears the first and finishes the second; who only reads looks into
`arrived/` first (a redo log: Gray & Reuter 1993, Transaction Processing).
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from evaluation.study.durable import locked, sync_file, sync_folder


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

    def at(self, name: str) -> Path:
        """Where a file is: a killed process may have left it on its way."""
        on_its_way = self._arrived / name
        return on_its_way if on_its_way.exists() else self.folder / name

    def holds(self, name: str) -> bool:
        return self.at(name).exists()

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
