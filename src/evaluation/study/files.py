"""How every file is written: whole or not at all, and with the same bytes on every machine.

A table becomes CSV with `\\n` line ends, floats as `%.10g` and no text that a spreadsheet would
take for a formula, or parquet with floats rounded to 12 significant digits: the last digits depend
on the machine, the figures do not. Fewer would hide more of them, but exposures at 10 digits are no
longer a unit's times a period's to the weight solver: a measured power moved by .009.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.study.places import workflow_folder

_FORMULA = re.compile(r"[=+\-@\t\r]")
COMPRESSION, ROW_GROUP = "zstd", 1 << 20  # of parquet
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]inf")


def csv_bytes(table: pd.DataFrame) -> bytes:
    """The bytes that `write_csv` writes; the index is left out, texts are `plain_cell`."""
    texts = [name for name, kind in table.dtypes.items() if pd.api.types.is_string_dtype(kind)]
    table = table.assign(
        **{name: table[name].map(plain_cell, na_action="ignore") for name in texts}
    )
    text = table.to_csv(index=False, lineterminator="\n", float_format="%.10g")
    return text.encode("utf-8")


def plain_cell(text: str) -> str:
    """A text as a CSV cell: with an apostrophe before it if a spreadsheet would run it.

    A cell that begins with `=`, `+`, `-`, `@`, a tab or a return is taken for a formula (OWASP,
    "CSV Injection"). Numbers stay as they are.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def portable(path: str | Path) -> str:
    """A path that names no machine.

    From the working folder on, or from that of the workflow; else its last two parts.
    """
    path = Path(path)
    if not path.is_absolute():
        return path.as_posix()
    for folder in (Path.cwd(), workflow_folder()):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return Path(*path.parts[-2:]).as_posix()


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    write_bytes(csv_bytes(table), path)


def write_json(value, path: str | Path) -> None:
    """Write JSON with keys in the order given, so that a reader meets the title first."""
    write_text(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n", path)


def write_text(text: str, path: str | Path) -> None:
    write_bytes(text.encode("utf-8"), path)


def write_parquet(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as parquet; the index is left out."""
    write_bytes(parquet_bytes(table), path)


def parquet_bytes(table: pd.DataFrame) -> bytes:
    """The bytes that `write_parquet` writes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    arrow = pa.Table.from_pandas(_rounded(table), preserve_index=False)
    pq.write_table(arrow, sink, compression=COMPRESSION, row_group_size=ROW_GROUP)
    return sink.getvalue().to_pybytes()


def write_bytes(content: bytes, path: str | Path) -> None:
    """Write to a temporary file next to `path`, then rename: no reader meets half a file."""
    with written_whole(path) as part:
        part.write_bytes(content)


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """A temporary file next to `path`, to be written; then it is renamed, or gone if that fails."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    floats = [name for name, kind in table.dtypes.items() if kind in (np.float64, np.float32)]
    return table.assign(**{name: [rounded(value) for value in table[name]] for name in floats})


def rounded(value: float) -> float:
    """A number with the 12 significant digits that a parquet file keeps."""
    return float(f"{value:.12g}")


def digest_files(paths: Iterable[str | Path]) -> str:
    """Twelve hex digits over the contents of some files; their names and order do not matter."""
    digests = sorted(hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths)
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:12]
