"""How every file is written: whole or not at all, and with the same bytes on every machine.

A table becomes CSV with `\\n` line ends and floats as `%.10g`, or parquet with floats rounded to 12
significant digits: the last digits depend on the machine, the figures do not.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd


def csv_bytes(table: pd.DataFrame) -> bytes:
    """The bytes that `write_csv` writes; the index is left out."""
    text = table.to_csv(index=False, lineterminator="\n", float_format="%.10g")
    return text.encode("utf-8")


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    write_bytes(csv_bytes(table), path)


def write_json(value, path: str | Path) -> None:
    """Write JSON with keys in the order given, so that a reader meets the title first."""
    write_text(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n", path)


def write_text(text: str, path: str | Path) -> None:
    write_bytes(text.encode("utf-8"), path)


def write_parquet(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as parquet; the index is left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    arrow = pa.Table.from_pandas(_rounded(table), preserve_index=False)
    pq.write_table(arrow, sink, compression="zstd", row_group_size=1 << 20)
    write_bytes(sink.getvalue().to_pybytes(), path)


def write_bytes(content: bytes, path: str | Path) -> None:
    """Write to a temporary file beside `path`, then rename: no reader meets half a file."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    floats = [name for name, kind in table.dtypes.items() if kind in (np.float64, np.float32)]
    return table.assign(
        **{name: [float(f"{value:.12g}") for value in table[name]] for name in floats}
    )


def digest_files(paths: Iterable[str | Path]) -> str:
    """Twelve hex digits over the contents of some files; their names and order do not matter."""
    digests = sorted(hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths)
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:12]
