"""The dates of a design, checked against the periods of a panel."""

from collections.abc import Mapping

from evaluation.api.arguments import kind, pair, shown
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


def set_up(panel: Panel, donut: object, start: str) -> tuple[str, ...]:
    if donut is None:
        return ()
    given = pair(donut, "donut", "a first and a last period")
    first = within(panel, starting(given[0], panel.frequency, "donut"), given[0], "donut")
    last = within(panel, ending(given[1], panel.frequency, "donut"), given[1], "donut")
    found = tuple(p for p in panel.periods if first <= p <= last)
    before = [p for p in panel.periods if p < start]
    if not found or not before or found[-1] != before[-1]:
        raise InputError(
            "donut",
            f"{given[0]} to {given[1]}",
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
    if windows is not None:
        _refuse_names(windows)
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
        found[name] = last
    return found


def _refuse_names(windows: object) -> None:
    expected = "names of windows, and the last period of each"
    action = 'Write {"first year": "2020-12"}, or end=… for a single one.'
    if not isinstance(windows, Mapping):
        raise InputError("windows", kind(windows), expected, action)
    if not windows:
        raise InputError("windows", "none", expected, "Leave it out.")
    for name in windows:
        if not isinstance(name, str) or not name.strip():
            raise InputError("windows", f"the name {shown(name)}", expected, action)
