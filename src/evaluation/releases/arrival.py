"""The gate on arrival: what a release holds against the last one, before anything is estimated."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from evaluation.releases.count_checks import Counts, count_faults
from evaluation.releases.fault import Fault, listed
from evaluation.releases.file_checks import file_faults
from evaluation.releases.offence_checks import offence_faults
from evaluation.study.errors import InputError

__all__ = ["Fault", "Held", "faults", "refuse"]
AREA = 0.01  # by which a sector's area may differ: outlines are rounded


@dataclass(frozen=True)
class Held:
    """What the gate looks at in one release.

    panel : `sector, month, outcome, count, covered, complete` of all covered months, a row per
        cell; further columns of `Panel` are not looked at
    sectors : `Sectors` rows
    coverage : `Coverage` rows, which name the files of each outcome; None where they are not known
    summary : `ReleaseSummary` rows; None for figures that ship, whose files are not at hand
    """

    panel: pd.DataFrame
    sectors: pd.DataFrame
    coverage: pd.DataFrame | None = None
    summary: pd.DataFrame | None = None

    @property
    def counts(self) -> Counts:
        if self.coverage is None:
            return Counts(self.panel, {})
        files = zip(self.coverage["outcome"], self.coverage["source"], strict=True)
        return Counts(self.panel, dict(files))


def faults(arriving: Held, before: Held | None) -> list[Fault]:
    """What is wrong with an arriving release; `before` is the last recorded one, None for none.

    What was so in the last release already is no news, and no fault. Files are looked at where the
    summary of the arriving release is known, and against those of the last where that is known too.
    """
    found = list(count_faults(arriving.counts, before.counts if before else None))
    if before is not None:
        found += _other_sectors(arriving.sectors, before.sectors)
    if arriving.summary is not None:
        last = before.summary if before is not None else None
        found += [*file_faults(arriving.summary, last), *offence_faults(arriving.summary, last)]
    return found


def refuse(found: Sequence[Fault], release: str, accept: Mapping[str, str]) -> list[Fault]:
    """Raise one `InputError` that lists all faults, unless this very release is accepted.

    Parameters
    ----------
    found : what `faults` gives
    release : identifier of the arriving release
    accept : reasons by release, `source.accept` of the config; those of other releases say nothing

    Returns
    -------
    The faults that were accepted, for the run to report; empty where there are none.
    """
    if release in accept and not str(accept[release]).strip():
        raise InputError(
            f"key source.accept.{release}",
            "no reason",
            "why the release is right although it looks wrong",
            "Write the reason.",
        )
    if not found or release in accept:
        return list(found)
    numbered = "".join(f"\n  {place}. {fault}" for place, fault in enumerate(found, start=1))
    raise InputError(
        f"release {release}",
        f"{len(found)} fault{'s' * (len(found) > 1)} on arrival:{numbered}\n",
        "a release that goes on from the last one by new months and small revisions",
        "Nothing was recorded. Correct what is wrong and run again; or, if the release is right as "
        f"it is, say why in the config: source: {{accept: {{{release}: the reason}}}}. That holds "
        "for this release only.",
    )


def _other_sectors(now: pd.DataFrame, then: pd.DataFrame) -> Iterator[Fault]:
    after, before = now.set_index("sector")["area_km2"], then.set_index("sector")["area_km2"]
    gone, new = (sorted(set(a.index) - set(b.index)) for a, b in ((before, after), (after, before)))
    both = before.index.intersection(after.index)
    redrawn = sorted(both[(after[both] - before[both]).abs() > AREA * before[both]])
    kinds = (("missing", gone), ("new", new), ("of another area", redrawn))
    parts = [f"{kind}: {listed(names)}" for kind, names in kinds if names]
    if parts:
        yield Fault(
            "sectors",
            "map of sectors",
            f"not the sectors of the last release; {'; '.join(parts)}",
            f"the same {len(before)} sectors",
            "Give the map of the last release (`source.quadrants_2023`), or a study of its own to "
            "the new one.",
        )
