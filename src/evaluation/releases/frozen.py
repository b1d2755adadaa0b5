"""The frozen run: what the frozen figures were, for as long as anyone may want to check them."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from evaluation.study.errors import InputError

RECORD = "freeze.json"
ALWAYS = ("estimates.csv", "estimates.parquet", "manifest.json", "specification.json")
REPORTS = "report.*.html"
RERUN = "Run the study to its end, then freeze."


@dataclass(frozen=True)
class Frozen:
    """One frozen run: `files` are names and their SHA-256."""

    study: str
    release: str
    specification_hash: str
    files: tuple[tuple[str, str], ...]

    def same(self, other: "Frozen") -> bool:
        """Whether two runs say the same: a manifest differs by the seconds that jobs took."""

        def said(one: "Frozen") -> tuple:
            estimates = dict(one.files)["estimates.csv"]
            return one.study, one.release, one.specification_hash, estimates

        return said(self) == said(other)


def frozen_files(results: Path, release: str, study: str) -> tuple[dict[str, bytes], Frozen]:
    """What of a run's folder is frozen, by name, and the record of it (`freeze.json`).

    Raises `InputError` for an unfinished run and for one of another study.
    """
    reports = sorted(path.name for path in results.glob(REPORTS))
    names = [*ALWAYS, *(reports or [REPORTS])]
    for name in names:
        if not (results / name).is_file():
            raise InputError(str(results / name), "no such file", "a finished run", RERUN)
    content = {name: (results / name).read_bytes() for name in names}
    manifest = _json(content["manifest.json"], str(results / "manifest.json"))
    if manifest.get("study") != study:
        found = f"study {manifest.get('study')!r}"
        raise InputError(str(results / "manifest.json"), found, repr(study), "Check the folder.")
    digests = {name: hashlib.sha256(text).hexdigest() for name, text in content.items()}
    record = Frozen(study, release, manifest["specification_hash"], tuple(sorted(digests.items())))
    text = json.dumps(asdict(record) | {"files": dict(record.files)}, indent=2) + "\n"
    return content | {RECORD: text.encode("utf-8")}, record


def read_frozen(at: Callable[[str], Path], folder: str) -> Frozen:
    """The record of a frozen run, once each of its files is known to be what was frozen.

    at : the path of a file by its name in the ledger
    """
    path = at(f"{folder}/{RECORD}")
    if not path.is_file():
        raise InputError(str(path), "no such file", "the record of the freeze", "Restore it.")
    found = _json(path.read_bytes(), str(path))
    if set(found) != {"study", "release", "specification_hash", "files"}:
        raise InputError(str(path), f"keys {sorted(found)}", "those of a freeze", "Restore it.")
    record = Frozen(**found | {"files": tuple(sorted(found["files"].items()))})
    for name, sha256 in record.files:
        file = at(f"{folder}/{name}")
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
            problem = "not what was frozen" if file.is_file() else "gone"
            raise InputError(str(file), problem, f"SHA-256 {sha256}", "Restore it from a copy.")
    return record


def _json(content: bytes, where: str) -> dict:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise InputError(where, str(error), "JSON", "Restore the file.") from None
    if not isinstance(found, dict):
        raise InputError(where, "no object", "a JSON object", "Restore the file.")
    return found
