"""Packed files: what may be in one, and how much comes out of it.

A few kilobytes can be packed so that gigabytes come out. Both what an archive declares and what
really comes out is bounded, while it comes out, so that a bomb is refused within tens of megabytes.
"""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from evaluation.study.errors import InputError

# Of the official files at hand gzip makes an eighth, of the simulator's sheets a zip a fifteenth;
# deflate itself ends at a thousandth.
MOST_TIMES = 100
FREE = 1 << 25  # bytes that may come out whatever the ratio: 32 MiB
CHUNK = 1 << 20
PACKED = {b"PK\x03\x04": "zip", b"\x1f\x8b": "gzip", b"PAR1": "parquet", b"\xd0\xcf\x11\xe0": "OLE"}
# Of a zip: a broken index or stream, or a compression that the library does not know.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(NotImplementedError, UnicodeDecodeError),
)


class Bounded:
    """A stream of unpacked bytes that stops where too many come out of too few.

    inner : gives the unpacked bytes
    packed : the file under it, whose position says how much has been read
    """

    def __init__(self, inner, packed, where: str):
        self._inner, self._packed, self._where = inner, packed, where
        self._bytes = 0
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        chunk = self._inner.read(size)
        self._bytes += len(chunk)
        refuse_bomb(self._bytes, self._packed.tell(), self._where)
        return chunk

    def close(self) -> None:
        self._inner.close()
        self.closed = True


def refuse_bomb(unpacked: int, packed: int, where: str) -> None:
    """Raise `InputError` where more bytes come out of an archive than of any honest one."""
    if unpacked > max(FREE, MOST_TIMES * packed):
        raise InputError(
            where,
            f"{packed:,} packed bytes become more than {unpacked:,}",
            f"a file packed to no less than a {MOST_TIMES}th of its size",
            "Do not open it: fetch it again from its publisher.",
        )


def check_members(archive: zipfile.ZipFile, where: str) -> list[zipfile.ZipInfo]:
    """The files of an archive, folders left out.

    Raises `InputError` for a password, a name that leads out of the archive or comes twice, and for
    a declared size that no honest file has.
    """
    members = [entry for entry in archive.infolist() if not entry.is_dir()]
    for entry in members:
        name = f"{where}, member {entry.filename!r}"
        if entry.flag_bits & 1:
            raise InputError(where, "an encrypted zip", "an open one", "Unpack it first.")
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
            raise InputError(
                name, "the name leads out of the archive", "a plain name", "Pack it anew."
            )
        refuse_bomb(entry.file_size, entry.compress_size, name)
    names = [entry.filename for entry in members]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(where, f"members {twice} twice", "each name once", "Pack it anew.")
    return members


def only_member(archive: zipfile.ZipFile, where: str) -> zipfile.ZipInfo:
    """The one file of an archive; `InputError` where there are more, or it is packed itself."""
    members = check_members(archive, where)
    if len(members) != 1:
        names = [entry.filename for entry in members]
        raise InputError(
            where,
            f"a zip of {len(names)} files {names[:5]}",
            "a zip of one file",
            "Unpack it and give the file that is meant.",
        )
    with archive.open(members[0]) as file:
        refuse_packed(file.read(4), where)
    return members[0]


def refuse_packed(start: bytes, where: str) -> None:
    """Raise `InputError` where what comes out of a packed file is a packed file again."""
    kind = next((name for sign, name in PACKED.items() if start.startswith(sign)), "")
    if kind:
        raise InputError(
            where, f"a packed file within it ({kind})", "a CSV file", "Unpack it once."
        )


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> Iterator[bytes]:
    """The bytes of one member, a chunk at a time; `InputError` for a bomb."""
    total = 0
    with archive.open(entry) as file:
        while chunk := file.read(CHUNK):
            total += len(chunk)
            # The declared size is believed for nothing else: a reader may trust another one.
            refuse_bomb(total, entry.compress_size, f"{where}, member {entry.filename!r}")
            yield chunk
