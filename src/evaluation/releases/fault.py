"""What is wrong with a release that arrives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_NAMED = 8  # cells that a message names one by one


@dataclass(frozen=True)
class Fault:
    """One fault of a release.

    kind : the check that found it
    file : the file or files, or the table where no file is known
    found : what was found, with the cells by name; `expected`, `action` as in `InputError`
    """

    kind: str
    file: str
    found: str
    expected: str
    action: str

    def __str__(self) -> str:
        return f"{self.file}: {self.found}. Expected {self.expected}. {self.action}"


def finding(fault: str) -> str:
    """Where and what was found, of a fault written out; without what to do about it."""
    return fault.partition(". Expected ")[0]


def listed(parts: Iterable[str]) -> str:
    """The first few of some cells, and how many more there are."""
    parts = list(parts)
    more = len(parts) - MOST_NAMED
    return "; ".join(parts[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def changed(name: str, before: float, after: float) -> str:
    """`homicide in 2025: 725, now 591 (-18.5%)`."""
    percent = f" ({100 * (after - before) / before:+.1f}%)" if before else ""
    return f"{name}: {before:,.0f}, now {after:,.0f}{percent}"


def joined(names: Sequence[str], otherwise: str) -> str:
    """File names as the place of a fault."""
    return ", ".join(sorted(set(names))) or otherwise
