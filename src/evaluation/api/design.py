"""Who is compared with whom, and when: the design of one estimation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluation.api.arguments import as_name, chosen, listed, shown
from evaluation.api.cards import Card, some
from evaluation.api.panel import Panel
from evaluation.api.periods import label, span_label, starting
from evaluation.api.required import require_panel
from evaluation.api.spans import set_up, window_ends, within
from evaluation.design import design as room
from evaluation.study.errors import InputError
from evaluation.study.names import nearest

FEWEST_DONORS = 2  # each is compared with the others


@dataclass(frozen=True, repr=False)
class Design(Card, room.Design):
    """A treated unit, its donors, and periods before, left out, and after; made by `design`.

    Attributes
    ----------
    treated : str
    donors : tuple of str
        Sorted by name.
    pre, donut, post : tuple of str
        Periods, each named for its first month.
    windows : tuple
        Pairs of a name and the periods after the start that an effect is about; they nest.
    frequency : str
    """

    frequency: str = "month"

    def window(self, name: str | None = None) -> tuple[str, tuple[str, ...]]:
        """Name and periods of one window.

        Parameters
        ----------
        name : str, optional
            By default the longest.

        Returns
        -------
        tuple of str and of its periods

        Raises
        ------
        InputError
            For a name that is no window.
        """
        if name is None:
            return max(self.windows, key=lambda window: len(window[1]))
        spans = dict(self.windows)
        found = chosen(name, spans, "window")
        return found, spans[found]

    def _card(self) -> tuple[str, list[tuple[str, str]]]:
        title = f"Design: {self.treated}, treated from {label(self.post[0], self.frequency)}"
        lines = [("donors", some(self.donors))]
        lines.append(("before", self._span(self.pre)))
        if self.donut:
            lines.append(("left out", self._span(self.donut)))
        return title, lines + [(f"window {name}", self._span(span)) for name, span in self.windows]

    def _span(self, periods: tuple[str, ...]) -> str:
        span = span_label(periods[0], periods[-1], self.frequency)
        return f"{span} ({len(periods)} {self.frequency}{'s' if len(periods) > 1 else ''})"


def design(
    panel: Panel,
    treated: object,
    start: object,
    donors: Iterable[object] | None = None,
    donut: tuple[object, object] | None = None,
    end: object = None,
    windows: Mapping[str, object] | None = None,
    begin: object = None,
) -> Design:
    """Say which unit was treated, from when, and who it is compared with.

    Parameters
    ----------
    panel : Panel
    treated : str
        Name of the treated unit.
    start : str
        First treated period, as `2020-01` or `2020Q1`.
    donors : iterable of str, optional
        Names of units that were never treated; by default all others.
    donut : pair of str, optional
        First and last period that is neither before nor after, right before the start.
    end : str, optional
        Last period after the start; by default the panel's last.
    windows : mapping of str to str, optional
        Instead of `end`: names of windows, and the last period of each. All begin at `start`.
    begin : str, optional
        First period to be matched; by default the panel's first.

    Returns
    -------
    Design

    Raises
    ------
    InputError
        For an unknown unit, fewer than two donors or two periods before, and dates that lie outside
        the panel, cut a period in two or contradict each other.

    Examples
    --------
    With the `panel` of `Panel.from_frame`:

    >>> ev.design(panel, treated="NORTH", start="2019-01", donut=("2018Q3", "2018Q4"))
    Design: NORTH, treated from 2019Q1
      donors       EAST, OLD TOWN, PORT, SOUTH, WEST
      before       2017Q1 to 2018Q2 (6 quarters)
      left out     2018Q3 to 2018Q4 (2 quarters)
      window post  2019Q1 to 2020Q4 (8 quarters)
    """
    require_panel(panel)
    own = _known(panel, treated, "treated")
    first = within(panel, starting(start, panel.frequency, "start"), start, "start")
    left_out = set_up(panel, donut, first)
    ends = window_ends(panel, end, windows, first)
    pre = _before(panel, begin, left_out[0] if left_out else first)
    spans = tuple(
        (name, tuple(p for p in panel.periods if first <= p <= last)) for name, last in ends.items()
    )
    return Design(
        treated=own,
        donors=_donors(panel, own, donors),
        pre=pre,
        donut=left_out,
        post=max((periods for _, periods in spans), key=len),
        windows=spans,
        frequency=panel.frequency,
    )


def _before(panel: Panel, begin: object, end: str) -> tuple[str, ...]:
    """Periods to be matched: from `begin` until before `end`, where the donut or treatment is."""
    earlier = tuple(period for period in panel.periods if period < end)
    found = earlier
    if begin is not None:
        begun = within(panel, starting(begin, panel.frequency, "begin"), begin, "begin")
        found = tuple(period for period in earlier if period >= begun)
    if len(found) >= room.FEWEST_PRE:
        return found
    late = len(earlier) >= room.FEWEST_PRE
    raise InputError(
        "begin" if late else "start",
        f"{len(found)} {panel.frequency}s "
        + (f"from {begin} on to be matched" if late else "before it to be matched"),
        f"at least {room.FEWEST_PRE} before {label(end, panel.frequency)}",
        "Begin earlier." if late else "Start later, leave fewer out, or give earlier rows.",
    )


def _known(panel: Panel, unit: object, where: str) -> str:
    name = as_name(unit)
    if name is None:
        raise InputError(where, shown(unit), f"the name of a unit: {some(panel.units)}", "Name it.")
    if name not in panel.units:
        raise InputError(
            where, f"unknown unit {shown(name)}", some(panel.units), nearest(name, panel.units)
        )
    return name


def _donors(panel: Panel, treated: str, donors: object) -> tuple[str, ...]:
    if donors is None:
        given = list(panel.units)
    else:
        units = listed(donors, "donors", "a list of names", "Write [name, …].")
        given = [_known(panel, unit, "donors") for unit in units]
        if treated in given:
            raise InputError(
                "donors", f"the treated unit {treated}", "other units", "Leave it out."
            )
    found = tuple(sorted(set(given) - {treated}))
    if len(found) < FEWEST_DONORS:
        raise InputError(
            "donors",
            f"{len(found)} of them",
            f"at least {FEWEST_DONORS}; the smallest attainable p is 1/(donors + 1)",
            "Give more units.",
        )
    return found
