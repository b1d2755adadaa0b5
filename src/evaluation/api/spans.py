"""The dates of a design, checked against the periods of a panel."""

from collections.abc import Mapping
from typing import Any

from evaluation.api.panel import Panel
from evaluation.api.periods import ending, label, span_label, starting
from evaluation.study.errors import InputError


def within(panel: Panel, period: str, value: object, where: str) -> str:
    if period not in panel.periods:
        raise InputError(
            where,
            f"{value} is outside the panel",
            span_label(panel.periods[0], panel.periods[-1], panel.frequency),
            "Correct it, or give more rows.",
        )
    return period


def set_up(panel: Panel, donut: Any, start: str) -> tuple[str, ...]:
    if donut is None:
        return ()
    if isinstance(donut, str) or len(donut) != 2:
        raise InputError("donut", f"{donut!r}", "a first and a last period", "Write both.")
    first = within(panel, starting(donut[0], panel.frequency, "donut"), donut[0], "donut")
    last = within(panel, ending(donut[1], panel.frequency, "donut"), donut[1], "donut")
    found = tuple(p for p in panel.periods if first <= p <= last)
    before = [p for p in panel.periods if p < start]
    if not found or not before or found[-1] != before[-1]:
        raise InputError(
            "donut",
            f"{donut[0]} to {donut[1]}",
            f"periods up to the last one before the start {label(start, panel.frequency)}",
            "Correct them, or the start.",
        )
    return found


def window_ends(
    panel: Panel, end: object, windows: Mapping[str, object] | None, start: str
) -> dict[str, str]:
    """The last period of each window."""
    if windows is not None and end is not None:
        raise InputError("end", "windows as well", "an end, or windows", "Give one of them.")
    if windows is not None and not windows:
        raise InputError("windows", "none", "a name and an end for each", "Leave it out.")
    if end is None and windows is None:
        return {"post": panel.periods[-1]}
    found = {}
    for name, value in (windows or {"post": end}).items():
        where = "end" if windows is None else f"windows, {name}"
        last = within(panel, ending(value, panel.frequency, where), value, where)
        if last < start:
            raise InputError(
                where,
                f"{value} is before the start {label(start, panel.frequency)}",
                "a period from the start on",
                "Correct it, or the start.",
            )
        found[str(name)] = last
    return found
