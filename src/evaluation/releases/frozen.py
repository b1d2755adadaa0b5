"""The frozen run: what the frozen figures were, for as long as anyone may want to check them."""

import hashlib
import json
from collections.abc import Sequence
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


def read_frozen(paths: Sequence[Path]) -> Frozen:
    """The record of a frozen run among its files."""
    found = json.loads(next(path for path in paths if path.name == RECORD).read_bytes())
    return Frozen(**found | {"files": tuple(sorted(found["files"].items()))})


def _json(content: bytes, where: str) -> dict:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise InputError(where, str(error), "JSON", "Restore the file.") from None
    if not isinstance(found, dict):
        raise InputError(where, "no object", "a JSON object", "Restore the file.")
    return found
