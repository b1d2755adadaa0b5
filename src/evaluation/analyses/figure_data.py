"""The data behind each figure, as CSV files that the page links to.

A figure is handed the rows that its file has and no others, so that the two cannot differ.
"""

from collections.abc import Mapping

import pandas as pd

from evaluation.analyses import Exhibit
from evaluation.study.files import csv_bytes
from evaluation.study.study import Study

BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # tells spreadsheets that the file is UTF-8
Frames = Mapping[str, pd.DataFrame]


def drawn_frames(figure: Exhibit, study: Study, frames: Frames) -> dict[str, pd.DataFrame]:
    """The frames that a figure asks for, each with the rows that it draws.

    Those are the rows with the primary choice's value in the columns that the figure's entry of
    `DRAWN` names, as far as a frame has them.
    """
    return {name: _drawn(frames[name], figure.drawn, study) for name in figure.frames}


def _drawn(frame: pd.DataFrame, columns: tuple[str, ...] | str, study: Study) -> pd.DataFrame:
    primary = study.primary
    wanted = {
        "outcome": primary.outcome,
        "estimator": primary.estimator,
        "window": primary.window,
        "inference": primary.test,
        "unit": study.treated,
    }
    for column in [] if isinstance(columns, str) else columns:
        if column in frame:
            frame = frame[frame[column] == wanted[column]]
    return frame


def data_files(figure: Exhibit, study: Study, code: str) -> dict[str, str]:
    """Frame, or table, → the file below the study's results that has it, in a language's name.

    None where a study publishes no small counts: frames hold them all.
    """
    if isinstance(figure.drawn, str):
        return {figure.drawn: f"tables/{figure.drawn}.{code}.csv"}
    if study.said.smallest_cell > 1:
        return {}
    return {frame: f"figures/{figure.name}-{frame}.{code}.csv" for frame in figure.frames}


def own_files(figure: Exhibit, study: Study, code: str) -> dict[str, str]:
    """Those of `data_files` that are the figure's own."""
    return {} if isinstance(figure.drawn, str) else data_files(figure, study, code)


def data_csv(frame: pd.DataFrame) -> bytes:
    """A frame as a file for readers: no cell is a formula, and spreadsheets see its accents."""
    return BYTE_ORDER_MARK + csv_bytes(frame)
