"""The filled-in config of another place, worked out once in a run and handed on to its jobs.

Every job opens the workflow again, and with it the study. To fill in a config takes its panel, read
and checked whole: of a large one that is longer than many a job. The run's own process leaves what
it found in a folder that is its own, is named to its jobs in their environment, and goes with it.
"""

import atexit
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from evaluation.sources.place import filled_in, is_place
from evaluation.sources.place_tables import given_file, given_files
from evaluation.study.files import write_text

FOLDER = "EVALUATION_FILLED_IN"  # in the environment of a run's jobs


def filled_in_once(config: Mapping, where: str, main: bool) -> dict:
    """What `filled_in` gives, and raises; in a job of a run what the run's own process found.

    A job that has another config, or other bytes in one of its files, works it out itself; so does
    one that runs where the folder is not.

    Parameters
    ----------
    main : whether this is the run's own process, which works it out whatever is there
    """
    if not is_place(config):
        return filled_in(config, where)
    if not main:
        folder = os.environ.get(FOLDER)
        found = _file(folder, config, where) if folder else None
        return (
            json.loads(found.read_bytes())
            if found and found.is_file()
            else filled_in(config, where)
        )
    made = filled_in(config, where)
    if main:
        write_text(json.dumps(made), _file(_own_folder(), config, where))
    return made


def _file(folder: str, config: Mapping, where: str) -> Path:
    """The file of a config in a folder, by what it depends on."""
    paths = [given_file(config, "data", where), *map(Path, given_files(config, where))]
    parts = [json.dumps([config, where], default=str).encode()]
    parts += [path.read_bytes() for path in paths if path and path.is_file()]
    digests = [hashlib.sha256(part).hexdigest() for part in parts]
    return Path(folder, hashlib.sha256("".join(digests).encode()).hexdigest() + ".json")


@cache
def _own_folder() -> str:
    """A folder of this process, which no one else can write to; it goes when the process ends."""
    folder = tempfile.mkdtemp(prefix="evaluation-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[FOLDER] = folder
    return folder
