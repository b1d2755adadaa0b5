"""Files that a kill or a loss of power leaves whole: synced writes, and one writer at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluation.study.errors import InputError


def write_synced(content: bytes, path: Path, temporary: Path) -> None:
    """Replace `path` in one step that survives a loss of power; `temporary` is on the same disk."""
    temporary.write_bytes(content)
    sync_file(temporary)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Have the bytes of a file on the disk before going on."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the names of a folder's files on the disk before going on."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(folder: Path, *, shared: bool = False, wait: bool = False) -> Iterator[None]:
    """Hold the lock of an existing folder; `shared`, together with others that only read.

    The system gives the lock back when a process ends, however it ends. Raises `InputError` where
    another process holds it, unless it is to `wait`.
    """
    import fcntl  # POSIX alone; who reads no store needs none

    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    rights = os.O_CREAT | (os.O_RDONLY if shared else os.O_RDWR)
    with os.fdopen(os.open(folder / ".lock", rights, 0o644), "rb" if shared else "r+b") as lock:
        try:
            fcntl.flock(lock, kind)
        except BlockingIOError:
            raise InputError(
                str(folder),
                "another run is writing to this store",
                "one at a time",
                "Wait for it to end, or give this study a store of its own.",
            ) from None
        yield
