"""Every small text file of a study as text: UTF-8, whole, and free of what no editor shows."""

import re
from pathlib import Path

from evaluation.study.errors import InputError

# What a file that is no text begins with.
OTHER_KINDS = {
    b"PK": "a workbook or zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"\xff\xfe": "UTF-16 text (Excel's “Unicode text”)",
    b"\xfe\xff": "UTF-16 text (Excel's “Unicode text”)",
    b"PAR1": "a parquet file",
    b"SQLite": "a database",
}
SAVE_AS = "Save it as “CSV UTF-8” (Excel), or convert it from Windows-1252 or Latin-1 to UTF-8."
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")


def read_text(path: str | Path, kind: str, missing: str = "Check the path.") -> str:
    """The text of a file without its byte order mark; lines end with `\\n`, however they ended.

    Parameters
    ----------
    kind : what the file should be, in words, as `a CSV table`
    missing : what to do where there is no such file

    Raises `InputError` for a path that is no file, an empty file, a workbook, archive or web page,
    bytes that are not UTF-8, and control characters, with the line.
    """
    content = _bytes(Path(path), kind, missing)
    if not content.removeprefix(b"\xef\xbb\xbf").strip():
        raise InputError(str(path), "the file is empty", kind, "Restore the file.")
    for start, found in OTHER_KINDS.items():
        if content.startswith(start):
            raise InputError(str(path), f"the file is {found}", kind, SAVE_AS)
    if content.lstrip().startswith(b"<"):
        raise InputError(
            str(path), "an HTML page", kind, "Fetch the file itself, not its web page."
        )
    text = _decoded(content, path)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := _CONTROL.search(text):
        what = f"U+{ord(found[0]):04X}"
        raise InputError(
            f"{path}, line {text.count(chr(10), 0, found.start()) + 1}",
            "U+FFFD, which stands for a letter that an earlier conversion lost"
            if found[0] == "\ufffd"
            else f"the control character {what}",
            "readable text",
            "Correct the line, or export the file again.",
        )
    return text


def _bytes(path: Path, kind: str, missing: str) -> bytes:
    if not path.exists():
        raise InputError(str(path), "no such file", kind, missing)
    if not path.is_file():
        raise InputError(
            str(path), "a folder" if path.is_dir() else "not a file", kind, "Name a file."
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            str(path), f"cannot be read ({error.strerror})", kind, "Check its permissions."
        ) from None


def _decoded(content: bytes, path: str | Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        byte = content[error.start : error.start + 1]
        letter = byte.decode("cp1252", errors="ignore")
        raise InputError(
            f"{path}, line {before.count(chr(10).encode()) + 1}",
            f"the text is not UTF-8: byte 0x{byte[0]:02X}"
            + (f" (“{letter}” in Windows-1252)" if letter.isprintable() and letter else ""),
            "UTF-8",
            SAVE_AS,
        ) from None
