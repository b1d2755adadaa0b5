"""Typst source to PDF: real text, bookmarks, tags for screen readers, the same bytes each time."""

from collections.abc import Mapping
from pathlib import Path

ACCESSIBLE = "ua-1"  # PDF/UA-1 (ISO 14289-1): refuses a drawing without a text that stands for it


def typeset(source: str, drawings: Mapping[str, str]) -> bytes:
    """The PDF of a source that shows `drawings` (SVG) as the files of their names.

    Fonts are those that Typst and matplotlib bring along, whatever the machine has. Raises
    `typst.TypstError` for a source that is none, or that cannot be read aloud.
    """
    import matplotlib
    import typst

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    files = {f"{name}.svg": svg.encode() for name, svg in drawings.items()}
    return typst.compile(
        {"main": source.encode(), **files},
        format="pdf",
        font_paths=[str(fonts)],
        ignore_system_fonts=True,
        pdf_standards=[ACCESSIBLE],
        timestamp=0,
    )
