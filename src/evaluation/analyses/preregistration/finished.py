"""What a finished run left behind, where it is of this very specification."""

import hashlib
import json
from pathlib import Path

from evaluation.study.files import portable
from evaluation.study.study import Study

FRAMES = ("power", "sizes")


def finished_run(folder: str | Path, study: Study) -> dict[str, str]:
    """The files of `FRAMES` in a folder of results, with their SHA-256, by path.

    None unless the manifest there is of this very specification and these very files: what an
    earlier run of other choices left behind is no measurement of this one.
    """
    folder = Path(folder)
    record = folder / "manifest.json"
    if not record.is_file():
        return {}
    manifest = json.loads(record.read_text(encoding="utf-8"))
    paths = [folder / f"{name}.parquet" for name in FRAMES]
    if manifest["specification_hash"] != study.hash or not all(path.is_file() for path in paths):
        return {}
    found = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    same = all(manifest["outputs"].get(portable(path)) == text for path, text in found.items())
    return found if same else {}
