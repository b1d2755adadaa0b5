"""The calendars: when sectors entered the programme, what else happened, what is done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.study.errors import InputError
from evaluation.study.months import STUDY_MONTH

BOROUGH = "borough:"
EVERYWHERE, UNKNOWN = "*", "unknown"
CONFIDENCE = ("high", "medium", "low", "not stated")
TREATMENTS = ("end window", "drop months", "drop sectors", "keep sectors", "borough difference")


@dataclass(frozen=True)
class Entry:
    """When a sector entered the programme, at the earliest and at the latest."""

    sector: str
    entry: str
    latest_entry: str


@dataclass(frozen=True)
class Event:
    """One row of the calendar; months are `YYYY-MM`, both included.

    scope : `*` for the whole city, `borough:NAME` (or several by `;`), sectors by `;`, or `unknown`
    last : empty where it has no end in the data
    treatment : `end window` (windows end before `first`), `drop months` (its months are left out),
        `drop sectors` (its sectors are no donors), `keep sectors` (only its sectors are donors),
        `borough difference` (compared within boroughs)
    """

    event: str
    scope: str
    first: str
    last: str
    treatment: str

    @property
    def sectors(self) -> tuple[str, ...]:
        """The sectors that the scope names; none where it is the city, a borough or unknown."""
        if self.scope in (EVERYWHERE, UNKNOWN) or self.scope.startswith(BOROUGH):
            return ()
        return tuple(self.scope.split(";"))

    @property
    def boroughs(self) -> tuple[str, ...]:
        """The boroughs that the scope names; none where it names none."""
        if not self.scope.startswith(BOROUGH):
            return ()
        return tuple(self.scope.removeprefix(BOROUGH).split(";"))


# What is said of a row is no choice, and a job may do without; a file has these columns.
NOTES = ("source", "confidence")
ENTRY_COLUMNS = (*Entry.__dataclass_fields__, *NOTES)
EVENT_COLUMNS = (*Event.__dataclass_fields__, *NOTES)


def without_notes(rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Rows of a calendar with the columns that are choices."""
    return [{key: value for key, value in row.items() if key not in NOTES} for row in rows]


def _bare(row: Mapping[str, str], columns: Sequence[str], place: str) -> dict[str, str]:
    """The choices of a row, its columns and its confidence checked; notes may lack altogether."""
    found, choices = set(map(str, row)), set(columns) - set(NOTES)
    if found not in (set(columns), choices) or len(row) != len(found) or None in row.values():
        raise InputError(
            place,
            f"columns {list(row)}",
            f"exactly {list(columns)}",
            "Correct the header or the row.",
        )
    if found != choices and row["confidence"] not in CONFIDENCE:
        raise InputError(
            f"{place}, column confidence",
            f"found {row['confidence']!r}",
            f"one of {list(CONFIDENCE)}: how sure the months are",
            "Correct the row.",
        )
    return {name: row[name] for name in row if name in choices}


def parse_calendar(rows: list[dict[str, str]], where: str) -> tuple[Entry, ...]:
    """Check and type the treatment calendar; raises `InputError` with the line that fails."""
    entries = []
    for line, row in enumerate(rows, start=2):
        entry = Entry(**_bare(row, ENTRY_COLUMNS, f"{where}, line {line}"))
        if not (STUDY_MONTH.fullmatch(entry.entry) and STUDY_MONTH.fullmatch(entry.latest_entry)):
            raise InputError(
                f"{where}, line {line}",
                f"entry {entry.entry!r}, latest_entry {entry.latest_entry!r}",
                "months as YYYY-MM",
                "Correct the months.",
            )
        if not entry.sector:
            raise InputError(f"{where}, line {line}", "no sector", "a name", "Correct the row.")
        if entry.latest_entry < entry.entry:
            raise InputError(
                f"{where}, line {line}",
                f"latest_entry {entry.latest_entry} is before entry {entry.entry}",
                "latest_entry ≥ entry",
                "Correct the months.",
            )
        if entry.sector in {known.sector for known in entries}:
            raise InputError(
                f"{where}, line {line}", f"a second row for {entry.sector}", "one", "Remove one."
            )
        entries.append(entry)
    return tuple(entries)


def parse_events(rows: Sequence[Mapping[str, str]], where: str) -> tuple[Event, ...]:
    """Check and type the contamination calendar; raises `InputError` with the line that fails."""
    events: list[Event] = []
    for line, row in enumerate(rows, start=2):
        place = f"{where}, line {line}"
        event = Event(**_bare(row, EVENT_COLUMNS, place))
        _check(event, place)
        if (event.event, event.treatment) in {(e.event, e.treatment) for e in events}:
            raise InputError(
                place,
                f"a second row for {event.event}, {event.treatment}",
                "one row for each event and treatment",
                "Remove one, or give the event another name.",
            )
        events.append(event)
    return tuple(events)


def _check(event: Event, place: str) -> None:
    def refuse(problem: str, expected: str) -> None:
        raise InputError(place, problem, expected, "Correct the row.")

    if not event.event or event.event == "none":
        refuse(f"event {event.event!r}", "a name other than none")
    if event.treatment not in TREATMENTS:
        refuse(f"treatment {event.treatment!r}", f"one of {list(TREATMENTS)}")
    if not STUDY_MONTH.fullmatch(event.first) or (
        event.last and not STUDY_MONTH.fullmatch(event.last)
    ):
        refuse(
            f"first {event.first!r}, last {event.last!r}", "months as YYYY-MM, last may be empty"
        )
    if event.last and event.last < event.first:
        refuse(f"last {event.last} is before first {event.first}", "last ≥ first")
    if event.treatment == "drop months" and not event.last:
        refuse("no last month", "the last of the months that are left out")
    if not event.scope or "" in (*event.sectors, *event.boroughs):
        refuse(f"scope {event.scope!r}", "*, borough:NAME;NAME, unknown, or sectors by ;")
    if event.treatment in ("drop sectors", "keep sectors") and event.scope == EVERYWHERE:
        refuse("the scope is every sector", "boroughs, sectors, or unknown")
    if event.treatment == "borough difference" and not event.boroughs:
        refuse(f"scope {event.scope!r}", "borough:NAME")
