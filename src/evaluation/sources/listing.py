"""The tables of a data folder as the files of a run, for studies whose figures ship."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from evaluation.sources.download import sha256_of
from evaluation.sources.plan import ASIDE, TABLE
from evaluation.sources.pulled_contract import Files, PulledFiles
from evaluation.sources.shipped import CONTRACTS, EVERY, is_given, read_table
from evaluation.sources.vintages import Contents, Store
from evaluation.study.contract import check
from evaluation.study.errors import InputError

PANEL = "panel"  # a table that was given as it is
DERIVED = ("coverage", "periods")  # these follow from a panel


def list_tables(folder: str | Path) -> pd.DataFrame:
    """`PulledFiles` rows of the tables of a data folder, with their SHA-256; each is its own file.

    Of a folder that was made of a panel those alone that came with it.

    Raises `InputError` for a table that is missing or off its contract.
    """
    rows = []
    given = is_given(Path(folder))
    for name in sorted(EVERY if given else CONTRACTS):
        path = Path(folder) / f"{name}.csv"
        held = contents(path)
        if given and (not held.rows or name in DERIVED):
            continue
        rows.append(
            {
                "name": name,
                "kind": TABLE,
                "url": path.name,
                "sha256": sha256_of(path),
                "bytes": path.stat().st_size,
                "rows": held.rows,
                "first_month": held.first_month,
                "last_month": held.last_month,
                "schema": held.schema,
                **dict.fromkeys(("counts", "first", "last", "cut"), ""),
            }
        )
    return check(pd.DataFrame(rows), PulledFiles, str(folder))


def list_panel(path: str | Path, periods: pd.DataFrame) -> pd.DataFrame:
    """The `Files` row of a panel that was given.

    periods : `Periods` rows that were made of it
    """
    lines = Path(path).read_bytes().splitlines()
    row = {
        "name": Path(path).name,
        "kind": PANEL,
        "rows": len(lines) - 1,
        "first_month": periods["month"].min(),
        "last_month": periods["month"].max(),
        "retrieved": "",
        "sha256": sha256_of(Path(path)),
    }
    return check(pd.DataFrame([row]), Files, str(path))


def files_of_run(files: pd.DataFrame, retrieved: Mapping[str, str]) -> pd.DataFrame:
    """`Files` rows of the files that a run uses, in their order; those set aside are none of them.

    files : `PulledFiles` rows; retrieved : day on which each came, by SHA-256, where it is known
    """
    used = files[files["kind"] != ASIDE]
    days = [retrieved.get(sha256, "") for sha256 in used["sha256"]]
    used = used.assign(retrieved=pd.Series(days, used.index, dtype="str"))
    return check(used[list(Files.to_schema().columns)], Files, "files of the run")


def contents(path: Path) -> Contents:
    """What a table of a data folder holds; its months are those of the counts."""
    table = read_table(path)
    months = table["month"] if path.stem in ("sector_month", "values") else pd.Series(dtype=str)
    span = (months.min(), months.max()) if len(months) else ("", "")
    return Contents(path.stem, len(table), *span)


def store_tables(files: pd.DataFrame, folder: str | Path, store: Store, now: str) -> None:
    """Keep the tables of a data folder in the store, so that a run of them can be made again.

    files : rows of `list_tables`. Raises `InputError` where a table has changed since.
    """
    for row in files.itertuples():
        path = Path(folder) / row.url
        copy = store.copy(path)
        kept = store.add(copy, "table", row.url, now, lambda _, path=path: contents(path))
        if kept.sha256 != row.sha256:
            raise InputError(
                str(path), "it changed while it was read", f"SHA-256 {row.sha256}", "Run again."
            )


def restored_tables(files: pd.DataFrame, store: Store, where: str) -> dict[str, bytes]:
    """The tables of a recorded release, by file name, from the store.

    Raises `InputError` for a release of other files, and where the store does not hold a table.
    """
    kinds = set(files["kind"])
    if kinds != {TABLE}:
        raise InputError(
            where,
            f"a release of {sorted(kinds)}",
            "tables of a data folder, for source.from is shipped",
            "Run it with the config that it was recorded with.",
        )
    return {row.url: store.verified(row.sha256).read_bytes() for row in files.itertuples()}
