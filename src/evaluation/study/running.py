"""What a run needs of its machine: the same arithmetic everywhere, and to know of other runs.

    python -m evaluation.study.running COMMAND ...    runs COMMAND if a killed run left locks here

A killed run leaves Snakemake's locks behind, and they look like those of a run that goes on. So
every run also holds a lock of the system, together with others; that one ends with its process,
however it ends.
"""

import errno
import os
import platform
import subprocess
import sys
from collections.abc import MutableMapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from evaluation.study.durable import locked
from evaluation.study.errors import InputError

FOLDER = Path(".snakemake")  # Snakemake's own, in the folder it works in
LEFT = "locks/*.lock"
UNKNOWN = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)  # a file system without such locks
# By the processor OpenBLAS and NumPy choose their routines, and with them last digits. These run on
# any x86-64 since 2013; other kinds of processor have names of their own.
ROUTINES = {
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
X86 = ("x86_64", "AMD64")


def compute_alike(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have the processes that this one starts compute as on every other x86-64, to the last digit.

    What the environment says already stays.
    """
    if platform.machine() in X86:
        for name, value in ROUTINES.items():
            environment.setdefault(name, value)


def hold(folder: Path = FOLDER) -> ExitStack:
    """Be known as alive in a folder for as long as what is returned is kept open.

    Where the system or its disk has no such locks nothing is held, and nothing is freed either.
    """
    held = ExitStack()
    folder.mkdir(exist_ok=True)
    try:
        held.enter_context(locked(folder, shared=True, wait=True))
    except ImportError:  # not POSIX
        pass
    except OSError as error:
        if error.errno not in UNKNOWN:
            raise
    return held


def freed(command: Sequence[str], folder: Path = FOLDER) -> int:
    """Run a command that unlocks, where there are locks and no run is alive; its exit code, or 0.

    A run that starts meanwhile waits. Raises `InputError` where one is alive.
    """
    if not any(folder.glob(LEFT)):
        return 0
    place = str(folder.absolute().parent)
    with ExitStack() as held:
        try:
            held.enter_context(locked(folder))
        except InputError:
            raise InputError(
                place,
                "another run is at work in this folder, and nothing was unlocked",
                "one at a time",
                "Wait for it to end, or end it.",
            ) from None
        except OSError as error:
            raise InputError(
                place,
                f"locks are left, and whether a run is alive cannot be known ({error.strerror})",
                "a disk with file locks",
                "If none is: snakemake --unlock",
            ) from None
        print("A run in this folder was killed. What it had locked is free again, and goes on.")
        sys.stdout.flush()
        return subprocess.run(command, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    try:
        return freed(arguments)
    except InputError as error:
        print(f"InputError: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
