"""From the portal, or a folder, into the vintage store."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from evaluation.sources.catalogue import Resource, find_newest
from evaluation.sources.containers import open_file
from evaluation.sources.download import PATIENT, Patience, Report, ask, discard, fetch, open_session
from evaluation.sources.layouts import parse_days
from evaluation.sources.official import CARPETAS, VICTIMS, Layout
from evaluation.sources.openings import well_filled
from evaluation.sources.plan import INCIDENTS, MAPS, TOTALS, Pulled, Source, plan
from evaluation.sources.reference import read_polygons, read_totals, unpublished_months
from evaluation.sources.vintages import Contents, Store, Vintage
from evaluation.study.errors import InputError

Say = Callable[[str], None]
Bar = Callable[[str], AbstractContextManager[Report]]


def pull(
    source: Source,
    now: str,
    layouts: Sequence[Layout] = (),
    patience: Patience = PATIENT,
    say: Say = lambda text: None,
    bar: Bar = lambda title: nullcontext(lambda done, total: None),
) -> pd.DataFrame:
    """Bring every file of a study into its store; the `PulledFiles` that a run uses.

    `now` is the time of retrieval in UTC; `layouts` are the column maps of the study;
    `say` receives what was done and every fall-back; `bar` shows a download. Raises `InputError`
    for a file that cannot be fetched or used; the files before it are stored all the same.
    """
    store = Store(source.store)
    with store.writing():
        if source.kind == "portal":
            found = list(_from_portal(source, store, now, layouts, patience, say, bar))
        else:
            found = list(_from_folder(source, store, now, layouts, say))
    return plan(found, source, layouts)


def inspect(path: Path, kind: str, layouts: Sequence[Layout] = (), retrieved: str = "") -> Contents:
    """Read a file to its end: what it holds. Raises `InputError` where it cannot be used.

    Its months are the well-filled ones (`openings.well_filled`) up to the day it was `retrieved`,
    `YYYY-MM-DD`, or empty for not known.
    """
    if kind in MAPS:
        return Contents("quadrants", len(read_polygons(path)))
    if kind == TOTALS:
        table = read_totals(path)
        months = table["month"][~table["month"].isin(unpublished_months(table))]
        return Contents("city totals", len(months), months.min(), months.max())
    opened = open_file(path, layouts)
    column = opened.layout.opened_on or opened.layout.occurred_on
    rows, months = 0, pd.Series(dtype="int64")
    for batch in opened.batches:
        rows += batch.num_rows
        found = _month_counts(batch.column(column), opened.layout)
        months = months.add(found, fill_value=0)
    if not rows:
        raise InputError(str(path), "no rows after the header", "incidents", "Fetch it again.")
    if retrieved:
        months = months[months.index <= retrieved[:7]]
    filled = well_filled(months)
    if not filled:
        raise InputError(
            f"{path}, column {column}",
            "no date can be read",
            f"dates as {' or '.join(opened.layout.dates)}",
            "Describe the layout in a column map.",
        )
    return Contents(opened.layout.name, rows, filled[0], filled[-1])


def named_files(source: Source) -> list[tuple[str, Path]]:
    """The maps and totals that the config names, each with its part; `InputError` if one lacks."""
    named = [*source.maps, *([(TOTALS, source.totals)] if source.totals else [])]
    found = [(kind, Path(source.folder) / name) for kind, name in named]
    for kind, path in found:
        if not path.is_file():
            raise InputError(f"{path}, key source.{kind}", "no such file", "a file", "Correct it.")
    return found


def incident_files(source: Source) -> list[tuple[str, Path]]:
    """The incident files of a folder, sorted; hidden files and the named ones are none.

    Raises `InputError` where the folder does not exist.
    """
    folder = Path(source.folder)
    if not folder.is_dir():
        raise InputError(str(folder), "no such folder", "the folder of the files", "Check it.")
    taken, found = {path for _, path in named_files(source)}, []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in Path(name).parts)
        wanted = any(fnmatch(name, pattern) for pattern in source.files)
        if path.is_file() and wanted and not hidden and path not in taken:
            found.append((INCIDENTS, path))
    return found


def _from_portal(
    source: Source, store: Store, now: str, layouts, patience: Patience, say: Say, bar: Bar
) -> Iterable[Pulled]:
    unwanted = {{CARPETAS: "victims", VICTIMS: "carpetas"}[source.counting]}
    for kind, path in named_files(source):
        unwanted.add(kind)
        yield _take(store, kind, path, now, layouts, say)
    with open_session(patience) as session:
        for wanted in source.datasets:
            if wanted.name in unwanted:
                continue
            kind = wanted.name if wanted.name in (*MAPS, TOTALS) else INCIDENTS
            resource = find_newest(
                source.portal, wanted, lambda url, given: ask(url, given, session, patience)
            )
            if resource.note:
                say(f"{wanted.name}: {resource.note}")
            part = store.part(resource.url)
            with bar(resource.file) as report:
                fetched = fetch(resource.url, part, session, patience, report)
            if resource.bytes and resource.bytes != fetched.bytes:
                say(
                    f"{wanted.name}: the catalogue states {resource.bytes:,} bytes, "
                    f"{fetched.bytes:,} were served whole"
                )
            vintage = _store(store, part, wanted.name, resource, now, kind, layouts)
            discard(part)
            say(f"{wanted.name}: {resource.url}, {vintage.rows:,} rows, {vintage.sha256}")
            yield Pulled(kind, vintage)


def _store(
    store: Store, part: Path, dataset: str, resource: Resource, now: str, kind: str, layouts
) -> Vintage:
    """Take a download into the store; messages name its address, not where it arrived."""

    def read(path: Path) -> Contents:
        if kind in (INCIDENTS, TOTALS):
            _refuse_open_end(path)
        return inspect(path, kind, layouts, now[:10])

    try:
        with _Named(part, resource.url):
            vintage = store.add(part, dataset, resource.url, now, read)
    except InputError:
        discard(part)  # else the next run would ask for the rest of a file that is refused
        raise
    # The bytes may have come before under another name; the run's own tables use today's.
    return replace(vintage, url=resource.url)


def _from_folder(source: Source, store: Store, now: str, layouts, say: Say) -> Iterable[Pulled]:
    incidents = incident_files(source)
    for kind, path in [*named_files(source), *incidents]:
        yield _take(store, kind, path, now, layouts, say)


def _take(store: Store, kind: str, path: Path, now: str, layouts, say: Say) -> Pulled:
    """Copy a file of the user's into the store."""
    copy = store.copy(path)
    with _Named(copy, str(path)):
        vintage = store.add(
            copy,
            kind,
            path.name,
            now,
            partial(inspect, kind=kind, layouts=layouts, retrieved=now[:10]),
        )
    say(f"{kind}: {path.name}, {vintage.rows:,} rows, {vintage.sha256}")
    return Pulled(kind, replace(vintage, url=path.name))


class _Named(AbstractContextManager):
    """Messages about the file at `path` speak of `name` instead."""

    def __init__(self, path: Path, name: str):
        self.path, self.name = str(path), name

    def __exit__(self, kind, error, trace):
        if isinstance(error, InputError) and error.where.startswith(self.path):
            raise InputError(
                self.name + error.where.removeprefix(self.path),
                error.problem,
                error.expected,
                error.action,
            ) from None


def _refuse_open_end(path: Path) -> None:
    """A server that states too short a length cuts a text file unseen: its last line has no end."""
    with open(path, "rb") as file:
        start = file.read(4)
        file.seek(-1, 2)
        last = file.read(1)
    packed = start.startswith((b"PK", b"\x1f\x8b", b"PAR1", b"\xd0\xcf"))
    if not packed and last not in (b"\n", b"\r"):
        raise InputError(
            str(path),
            "the last line is not ended",
            "a text file that was not cut off",
            "Try again later; if it stays so, fetch it by hand and use `source.from: files`.",
        )


def _month_counts(column: pa.Array, layout: Layout) -> pd.Series:
    """Rows by month, `YYYY-MM`; dates that cannot be read are left out."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    texts = pd.Series(column.dictionary.to_pylist(), dtype=str)
    months = parse_days(texts, layout).dt.strftime("%Y-%m")
    rows = pd.Series(np.bincount(column.indices.to_numpy(), minlength=len(texts)))
    return rows[months.notna()].groupby(months[months.notna()]).sum()
