"""A table that was made in pieces, put together without being in memory.

What is written is what `write_parquet` writes of the whole table, byte for byte, in however many
pieces it was: they hold their floats rounded already, row groups are as long as there, and what is
written at once is one chunk (where chunks end, parquet may end a dictionary).
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evaluation.study.contract import Contract, check
from evaluation.study.errors import InputError
from evaluation.study.files import COMPRESSION, ROW_GROUP, portable, written_whole


def collect_pieces(
    pieces: Iterable[str | Path], path: str | Path, model: type[Contract], key: str
) -> None:
    """Write parquet pieces behind one another to `path`, each held to its contract.

    In memory are one piece and the rows of one row group.

    Parameters
    ----------
    key : a column none of whose values may be in two pieces; where it is part of what makes rows
        unique, they are so in the whole if they are within pieces

    Raises `InputError` for a piece that breaks the contract, or a value of `key` in two pieces.
    """
    held: dict[str, Path] = {}
    waiting: list[pa.Table] = []
    places = [Path(piece) for piece in pieces]
    with (
        written_whole(path) as part,
        pq.ParquetWriter(part, pq.read_schema(places[0]), compression=COMPRESSION) as writer,
    ):
        for piece in places:
            table = _checked(piece, model)
            _claim(table[key], piece, key, held)
            waiting = _without_row_groups(writer, [*waiting, table])
        rest = pa.concat_tables(waiting)
        if len(rest) or not held:  # a table without rows has one group, of none
            writer.write_table(rest.combine_chunks())


def _checked(piece: Path, model: type[Contract]) -> pa.Table:
    table = pq.read_table(piece)
    check(table.to_pandas(), model, portable(piece))
    return table


def _claim(values: pa.ChunkedArray, piece: Path, key: str, held: dict[str, Path]) -> None:
    for value in pc.unique(values).to_pylist():
        if value in held:
            raise InputError(
                portable(piece),
                f"{key} {value}, which {portable(held[value])} has too",
                f"each {key} in one piece",
                "Delete both files; the next run makes them again.",
            )
        held[value] = piece


def _without_row_groups(writer: pq.ParquetWriter, tables: list[pa.Table]) -> list[pa.Table]:
    """Writes the full row groups that are waiting; what is left."""
    while sum(map(len, tables)) >= ROW_GROUP:
        together = pa.concat_tables(tables)
        writer.write_table(together.slice(0, ROW_GROUP).combine_chunks(), row_group_size=ROW_GROUP)
        tables = [together.slice(ROW_GROUP)]
    return tables
