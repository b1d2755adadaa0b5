"""All data of a report in one archive: tables, workbook, frames, codebook."""

import csv
import io
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

from evaluation.page.archive import checksums, workbook, zipped
from evaluation.page.language import Language
from evaluation.study.authorship import Authorship
from evaluation.study.study import Study

CODEBOOK = Path(__file__).parents[1] / "page" / "reference" / "codebook.yaml"
FRAMES = ("estimates", "paths", "placebos", "weights", "panel")
HEAD = ("frame", "column", "type", "meaning")


def bundle(
    study: Study,
    languages: Sequence[Language],
    *,
    tables: Mapping[str, Mapping[str, str]],
    frames: Mapping[str, bytes],
    authorship: Authorship,
) -> bytes:
    """A ZIP of `tables` (language → name → CSV) and `frames` (name → parquet), the same each time.

    Where a study publishes no small counts the frames, which hold them all, are left out; tables
    have been withheld where they were written.
    """
    withheld = study.said.smallest_cell > 1
    files: dict[str, bytes] = {}
    for language in languages:
        code = language.code
        for name, text in tables[code].items():
            files[f"tables/{name}.{code}.csv"] = text.encode()
        files[f"tables.{code}.xlsx"] = workbook(tables[code])
        files[f"README.{code}.md"] = _readme(study, language, authorship, withheld).encode()
    if not withheld:
        files |= {f"frames/{name}.parquet": frames[name] for name in FRAMES}
        files |= {"codebook.csv": _as_csv(frames).encode()}
    files["SHA256SUMS"] = checksums(files).encode()
    return zipped(files)


def _readme(study: Study, language: Language, authorship: Authorship, withheld: bool) -> str:
    lines = [f"# {study.study}", "", language("bundle.text")]
    if withheld:
        lines += ["", language("bundle.withheld", smallest=study.said.smallest_cell)]
    lines += ["", f"{language('report.reproduce.hash')}: {study.hash}"]
    lines += [authorship.names] * bool(authorship.authors)
    for kind, name in authorship.licences:
        lines.append(f"{language('report.licence')}, {language(f'report.licence.{kind}')}: {name}")
    return "\n".join(lines) + "\n"


def _as_csv(frames: Mapping[str, bytes]) -> str:
    """Every column of every frame, with its type and its meaning."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(HEAD)
    for name in FRAMES:
        types = _types(frames[name])
        meanings = codebook()[name]
        writer.writerows((name, column, types[column], meanings[column]) for column in types)
    return lines.getvalue()


def _types(parquet: bytes) -> dict[str, str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(pa.BufferReader(parquet))
    return {field.name: str(field.type) for field in schema}


@cache
def codebook() -> dict[str, dict[str, str]]:
    """The meaning of each column, by frame."""
    return yaml.safe_load(CODEBOOK.read_text(encoding="utf-8"))
