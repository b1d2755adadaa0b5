"""The `source` block of a study, and which of the files it gives counts what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from evaluation.sources.catalogue import Dataset, file_name
from evaluation.sources.official import CARPETAS, LAYOUTS, Layout
from evaluation.sources.pulled_contract import PulledFiles
from evaluation.sources.vintages import Vintage
from evaluation.study.contract import check
from evaluation.study.errors import InputError
from evaluation.study.months import month_range

INCIDENTS, TOTALS, ASIDE = "incidents", "totals", "set aside"
TABLE = "table"  # one of a data folder, where the figures ship
MAPS = ("quadrants_2023", "quadrants_2016")
ENDINGS = re.compile(r"(\.(csv|gz|zip|xlsx|parquet|gpkg|geojson|json|txt))+$", re.IGNORECASE)
TABLES = ("*.csv", "*.csv.gz", "*.zip", "*.xlsx", "*.parquet")
ALL = "*"  # a file that counts every outcome


@dataclass(frozen=True)
class Source:
    """The `source` block of a study, typed.

    datasets : what the portal is asked for, by name: `carpetas`, `victims`, `quadrants_…`
    folder, files : the user's folder; which files in it are incidents (patterns), by their names
    maps, totals : files of quadrants by map, and of official totals, within `folder`
    counted : what each incident file counts; empty where the files say so themselves
    map : year of the frozen map, `2023` or `2016`
    quadrant_columns : what the map files call `cuadrante, sector, alcaldia, population`
    """

    kind: str
    store: str
    counting: str
    portal: str = ""
    datasets: tuple[Dataset, ...] = ()
    folder: str = ""
    files: tuple[str, ...] = TABLES
    maps: tuple[tuple[str, str], ...] = ()
    totals: str = ""
    counted: tuple[tuple[str, Mapping[str, str]], ...] = ()
    map: str = "2023"
    quadrant_columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Pulled:
    """A vintage and the part it plays: `incidents`, a map, or `totals`."""

    kind: str
    vintage: Vintage

    @property
    def name(self) -> str:
        return stem(self.vintage.url)


def parse_source(block: Mapping) -> Source:
    """Type a `source` block that honours the schema."""
    kind = block["from"]
    datasets = tuple(
        Dataset(name, **{key: str(value) for key, value in entry.items()})
        for name, entry in block.get("datasets", {}).items()
    )
    if kind == "portal" and not datasets:
        raise InputError("key source.datasets", "no dataset", "what to ask for", "Name them.")
    if kind == "files" and not block.get("folder"):
        raise InputError("key source.folder", "no folder", "the folder of the files", "Name it.")
    return Source(
        kind=kind,
        store=block.get("store", ".raw"),
        counting=block.get("counting", CARPETAS),
        portal=block.get("portal", ""),
        datasets=datasets,
        folder=block.get("folder", ""),
        files=tuple(block.get("files", TABLES)),
        maps=tuple((name, block[name]) for name in MAPS if block.get(name)),
        totals=block.get("totals", ""),
        counted=tuple(sorted(block.get("counted", {}).items())),
        map=str(block.get("map", 2023)),
        quadrant_columns=tuple(block.get("quadrant_columns", {}).items()),
    )


def check_map(source: Source) -> None:
    """Raise `InputError` before anything is fetched if the frozen map is nowhere to be had."""
    kind = f"quadrants_{source.map}"
    asked = [wanted.name for wanted in source.datasets if source.kind == "portal"]
    if kind not in [*asked, *(name for name, _ in source.maps)]:
        raise InputError(
            f"key source.{kind}",
            f"the police quadrants of {source.map} are neither given nor asked for",
            "a file, or a dataset of the portal",
            "Name the file in the config.",
        )


def plan(found: Sequence[Pulled], source: Source, layouts: Sequence[Layout] = ()) -> pd.DataFrame:
    """Which file counts what, as `PulledFiles` rows sorted by kind and name.

    Where `source.counted` is given, it decides. Else every incident file of the study's counting
    rule counts every outcome, from its first month to its last; files that follow one another form
    one spell, and share its window, for facts are often opened in the next file. Files of the other
    counting rule are set aside. Raises `InputError` for two files of one name, files that overlap,
    or none at all.
    """
    names = [entry.name for entry in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(
            f"files {twice}", "the same name twice", "a name for each file", "Rename one of them."
        )
    incidents = [entry for entry in found if entry.kind == INCIDENTS]
    if not incidents:
        raise InputError(
            f"source {source.folder or source.portal}",
            "no file of incidents",
            "at least one",
            "Check the folder, and `files` in the config.",
        )
    roles = _declared(incidents, source) if source.counted else _derived(incidents, source, layouts)
    blank = {"counts": "", "first": "", "last": "", "cut": ""}
    rows = [
        {
            "name": entry.name,
            # Files of the other counting rule are kept, and not read.
            "kind": entry.kind if entry not in incidents or entry.name in roles else ASIDE,
            **{
                k: v
                for k, v in asdict(entry.vintage).items()
                if k not in ("retrieved_at", "dataset")
            },
            **blank,
            **roles.get(entry.name, {}),
        }
        for entry in found
    ]
    table = pd.DataFrame(rows).sort_values(["kind", "name"], ignore_index=True)
    return check(table, PulledFiles, "pulled files")


def read_pulled(path: str | Path) -> pd.DataFrame:
    """The `PulledFiles` that an earlier job wrote."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return check(table.astype({"bytes": "int64", "rows": "int64"}), PulledFiles, str(path))


def stem(name: str) -> str:
    """A file's name without its endings: `source` of its rows."""
    return ENDINGS.sub("", file_name(name))


def _declared(incidents: Sequence[Pulled], source: Source) -> dict[str, dict[str, str]]:
    names, declared = {entry.name for entry in incidents}, dict(source.counted)
    for problem, wrong in (
        ("are declared but not there", sorted(set(declared) - names)),
        ("are there but not declared", sorted(names - set(declared))),
    ):
        if wrong:
            raise InputError(
                "key source.counted",
                f"files {wrong} {problem}",
                f"an entry for each file of {sorted(names)}",
                "Correct the entry, or narrow `files`.",
            )
    return {name: dict(entry) for name, entry in declared.items()}


def _derived(
    incidents: Sequence[Pulled], source: Source, layouts: Sequence[Layout]
) -> dict[str, dict[str, str]]:
    rule = {layout.name: layout.counts for layout in (*LAYOUTS, *layouts)}
    own = [entry for entry in incidents if rule[entry.vintage.schema] == source.counting]
    if not own:
        raise InputError(
            "key source.counting",
            f"no file counts {source.counting}",
            f"one of {sorted({rule[entry.vintage.schema] for entry in incidents})}",
            "Change the counting rule, or add a file.",
        )
    own.sort(key=lambda entry: entry.vintage.first_month)
    spells: list[list[Pulled]] = []
    for entry in own:
        before = spells[-1][-1].vintage if spells else None
        if before and entry.vintage.first_month <= before.last_month:
            raise InputError(
                f"files {spells[-1][-1].name} and {entry.name}",
                f"both hold {entry.vintage.first_month}",
                "each month in one file",
                "Remove the older release, or say in `source.counted` which file counts what.",
            )
        follows = (
            before
            and entry.vintage.first_month
            in month_range(before.last_month, entry.vintage.first_month)[1:2]
        )
        if follows:
            spells[-1].append(entry)
        else:
            spells.append([entry])
    return {
        entry.name: {
            "counts": ALL,
            "first": spell[0].vintage.first_month,
            "last": spell[-1].vintage.last_month,
        }
        for spell in spells
        for entry in spell
    }
