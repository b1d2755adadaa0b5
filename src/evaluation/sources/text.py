"""Names as the files write them, made comparable: mojibake undone, case and accents gone."""

import re
import unicodedata

MISSING = ("", "NAN", "NONE", "NULL", "NA")

# UTF-8 that was once taken for Latin-1 or Windows-1252: a lead byte shown as a letter, then the
# continuation bytes. No Spanish word has such a pair.
_ACCIDENT = re.compile("[\u00c2\u00c3\u00e2\u00ef][\u0080-\u00bf\u0152-\u017e\u0192-\u2122]")
_TWICE = 3  # a text may have been through it more than once


def repair(text: str) -> str:
    """Undo mojibake (`DAÃ‘O` becomes `DAÑO`); what is none, or beyond repair, is unchanged."""
    for _ in range(_TWICE):
        if text.isascii() or not _ACCIDENT.search(text):
            break
        try:
            text = b"".join(_byte(letter) for letter in text).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            break
    return text


def normalise(text: str) -> str:
    """Repaired, upper case, no accents, single spaces; text for a missing value becomes empty."""
    bare = text
    if not text.isascii():
        bare = unicodedata.normalize("NFKD", repair(text))
        bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    bare = " ".join(bare.upper().split())
    return "" if bare in MISSING else bare


def _byte(letter: str) -> bytes:
    """The byte a letter was read from; Windows-1252 leaves five bytes undefined, Latin-1 none."""
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin-1")
