"""What a table seems to be, so that a first config of another place can be written from it.

Nothing is asked. Columns are known by likely names, in English and Spanish, and by what they hold;
every guess is said, and what only people know stays open (`place_checks.PLACEHOLDER`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from evaluation.sources.long_panel import NUMBER, ROLES, WHOLE, read_long_panel
from evaluation.sources.place_checks import PLACEHOLDER, ends
from evaluation.sources.shipped_contract import MOST_COUNT
from evaluation.study.delimited import number_advice, read_delimited
from evaluation.study.errors import InputError
from evaluation.study.names import folded
from evaluation.study.outcomes import COUNT
from evaluation.study.period_names import EXPECTED, kind_of

Columns = Mapping[str, list[str]]

# Likely words in the names of columns, the likeliest first: in English, and in Spanish.
WORDS = {
    "unit": (
        "unit state county municipality sector region country city district province department "
        "precinct neighborhood neighbourhood block zone place school hospital store firm fips id "
        "name",
        "unidad estado entidad municipio alcaldia delegacion departamento provincia pais ciudad "
        "distrito colonia barrio localidad zona cuadrante cvegeo nombre",
    ),
    "period": (
        "period month quarter semester half week year date time day t",
        "periodo mes trimestre semestre semana ano anio fecha tiempo dia",
    ),
    "outcome": ("outcome indicator variable offence offense crime", "indicador resultado delito"),
    "value": ("value", "valor"),
    "count": ("count events cases number n total", "conteo eventos casos numero cantidad"),
    "exposure": ("exposure offset", "exposicion"),
    "population": ("population pop inhabitants residents", "poblacion habitantes pob"),
    "treated": (
        "treated treatment treat post intervention programme program",
        "tratado tratada tratamiento intervenido intervenida intervencion programa",
    ),
    "rate": ("rate per share percent density", "tasa porcentaje indice densidad"),
    "event": ("homicide homicides", "homicidio homicidios robo robos lesiones"),
}
NAMES = {what: " ".join(words).split() for what, words in WORDS.items()}
SPANISH = frozenset(" ".join(spanish for _, spanish in WORDS.values()).split())
FLAGS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}
MOST_OUTCOMES = 5  # a line of the config each
GENERIC = "outcome"


@dataclass(frozen=True)
class Guess:
    """What a table seems to be.

    columns : the config's key of that name; None where the table's own names need no key
    outcomes, labels : name → kind, and what the table calls it
    treated, start : as in the config, `PLACEHOLDER` where unknown
    notes : what was guessed, a sentence each, by the key that it is about
    """

    columns: dict[str, str | dict[str, str]] | None
    outcomes: dict[str, str]
    labels: dict[str, str]
    treated: tuple[str, ...]
    start: str
    language: str
    notes: dict[str, str]


def guessed(path: str | Path) -> Guess:
    """What a CSV table seems to be.

    Raises `InputError` for a table that has no column of units, periods or values, or that
    `read_long_panel` refuses when it is read as guessed.
    """
    table = read_delimited(path).columns
    if not next(iter(table.values())):
        raise InputError(str(path), "a header without rows", "a panel", "Add the rows.")
    roles = _keys(table, path)
    flags = [name for name in table if name not in roles.values() and _is_flag(table, name)]
    rates = _named(table, "rate", [])
    for what in ("exposure", "population"):
        found = _named(table, what, [*roles.values(), *flags, *rates])
        if found and "exposure" not in roles:
            roles[what] = found[0]
    values = _values(table, roles, flags, path)
    columns: dict[str, str | dict[str, str]] = {"unit": roles["unit"], "period": roles["period"]}
    columns["value"] = values if len(values) > 1 else next(iter(values.values()))
    columns |= {what: name for what, name in roles.items() if what not in columns}
    outcomes = _kinds(table, roles, values)
    first, last = ends(panel := read_long_panel(path, outcomes, columns))
    treated, start, reason = _treatment(table, roles, flags)
    used = [name for what in columns.values() for name in _texts(what)]
    rest = [name for name in table if name not in (*used, *flags)]
    notes = {
        "data": f"{len(panel.units):,} units, {first} to {last}, by {panel.names.kind}",
        "columns": ", ".join(f"{what} is {_shown(name)}" for what, name in columns.items()),
        "outcomes": ", ".join(f"{name} is {_described(kind)}" for name, kind in outcomes.items()),
        "treated": reason,
    }
    if rest:
        notes["rest"] = f"not read: {', '.join(rest)}"
    own = not (rest or flags) and columns == {what: what for what in columns}
    spanish = any(token in SPANISH for name in table for token in _tokens(name))
    language = "es" if spanish else "en"
    labels = {name: values.get(name, name) for name in outcomes if name != GENERIC}
    return Guess(None if own else columns, outcomes, labels, treated, start, language, notes)


def _shown(name: str | Mapping[str, str]) -> str:
    return ", ".join(map(repr, _texts(name)))


def _texts(name: str | Mapping[str, str]) -> list[str]:
    return [name] if isinstance(name, str) else list(name.values())


def _described(kind: str) -> str:
    words = {COUNT: "a count (whole numbers from 0 on)", "rate": "a rate (by its name)"}
    return words.get(kind, "continuous (by its values)")


def _tokens(name: str) -> list[str]:
    return re.split(r"[^a-z0-9]+", folded(name))


def _named(table: Columns, what: str, taken: Iterable[str]) -> list[str]:
    """Columns whose name says what they are: the whole name first, then a word of it."""
    part = [
        name
        for known in NAMES[what]
        for name in table
        if name not in taken and known in _tokens(name)
    ]
    return list(dict.fromkeys(_whole(table, what, taken) + part))


def _whole(table: Columns, what: str, taken: Iterable[str]) -> list[str]:
    free = [name for name in table if name not in taken]
    return [name for known in NAMES[what] for name in free if _tokens(name) == [known]]


def _numbers(cells: Iterable[str]) -> bool:
    return all(NUMBER.fullmatch(cell) for cell in dict.fromkeys(cells))


def _is_flag(table: Columns, name: str) -> bool:
    """Whether a column says by 0 and 1 what was treated, or when."""
    cells = {cell.lower() for cell in table[name]}
    return name in _named(table, "treated", []) and cells <= set(FLAGS) and len(cells) == 2


def _keys(table: Columns, path: str | Path) -> dict[str, str]:
    """The columns of units and periods, and of outcomes if need be, that name each row once."""
    for unit, period, outcome in _candidates(table):
        names = [unit, period, *([outcome] if outcome else [])]
        rows = list(zip(*(table[name] for name in names), strict=True))
        if len(set(rows)) == len(rows) > len(set(table[unit])) > 0:
            found = {"unit": unit, "period": period}
            return found | ({"outcome": outcome} if outcome else {})
    raise InputError(
        f"{path}, line 1",
        f"no columns that name each row by its unit and period, among {list(table)}",
        f"a column of units, one of periods ({EXPECTED}), and one row for each of both",
        "Call them unit and period, write year and month as one period (2020-01), and sum rows "
        "about one unit and period.",
    )


def _candidates(table: Columns) -> Iterator[tuple[str, str, str]]:
    """Unit, period and outcome (or none), the likeliest first."""
    dated = [name for name in table if _is_period(table[name], "period") is not None]
    named = [name for name in _named(table, "period", []) if name in dated]
    periods = named + [name for name in table if _is_period(table[name]) and name not in named]
    texts = [name for name in table if not _numbers(table[name])]
    units = list(dict.fromkeys(_named(table, "unit", []) + texts))
    outcomes = [""] + [name for name in _named(table, "outcome", []) if name in texts]
    if _whole(table, "value", []) and set(table) <= {*ROLES}:
        outcomes.reverse()  # the table's own form: a column of outcomes is meant, if of one alone
    for outcome in outcomes:
        for period in periods:
            for unit in units:
                if len({unit, period, outcome}) == 3 and unit not in named:
                    yield unit, period, outcome


def _is_period(cells: Iterable[str], numbered: str = "") -> str | None:
    """The kind of period that all cells are of; whole numbers where `numbered` allows them."""
    kinds = {kind_of(cell) for cell in dict.fromkeys(cells)}
    kinds = {numbered} if kinds <= {"year", "period"} and "period" in kinds else kinds
    return next(iter(kinds)) or None if len(kinds) == 1 else None


def _values(
    table: Columns, roles: Mapping[str, str], flags: list[str], path: str | Path
) -> dict[str, str]:
    """Outcome → the column of its values."""
    taken = [*roles.values(), *flags]
    if known := _whole(table, "value", taken):
        return {GENERIC: known[0]}
    other = [name for what in ("unit", "period") for name in _whole(table, what, taken)]
    other += [name for what in ("exposure", "population") for name in _whole(table, what, taken)]
    free = [name for name in table if name not in (*taken, *other)]
    moving = [name for name in free if _numbers(table[name]) and _moves(table, name, roles)]
    if not moving:
        _refuse_values(table, free, path)
    if "outcome" in roles:
        moving = [*(name for name in _named(table, "count", taken) if name in moving), *moving][:1]
    found: dict[str, str] = {}
    for name in moving[:MOST_OUTCOMES]:
        plain = "_".join(part for part in _tokens(name) if part) or GENERIC
        found[plain if plain not in found else f"{plain}_{len(found) + 1}"] = name
    return found


def _moves(table: Columns, name: str, roles: Mapping[str, str]) -> bool:
    """Whether a column differs both between the periods of a unit and the units of a period."""
    for key in ("unit", "period"):
        groups = len(set(table[roles[key]]))
        if len(set(zip(table[roles[key]], table[name], strict=True))) == groups:
            return False
    return True


def _refuse_values(table: Columns, free: list[str], path: str | Path) -> NoReturn:
    """No column holds numbers alone: the first that holds some is named with its line."""
    for name in free:
        sound = [NUMBER.fullmatch(cell) is not None for cell in table[name]]
        if any(sound) and not all(sound):
            row = sound.index(False)
            raise InputError(
                f"{path}, line {row + 2}, column {name}",
                f"found {table[name][row]!r}" if table[name][row] else "an empty cell",
                "a number: digits, and a point before decimals",
                number_advice(table[name][row]),
            )
    raise InputError(
        f"{path}, line 1",
        f"no column of values, among {list(table)}",
        "a column of numbers that differ between units and periods",
        "Add it, and call it value.",
    )


def _kinds(table: Columns, roles: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Outcome → its kind."""
    if "outcome" not in roles:
        return {name: _kind(column, table[column]) for name, column in values.items()}
    cells = table[next(iter(values.values()))]
    found: dict[str, list[str]] = {}
    for name, cell in zip(table[roles["outcome"]], cells, strict=True):
        found.setdefault(name, []).append(cell)
    return {name: _kind(name, some) for name, some in found.items()}


def _kind(name: str, cells: list[str]) -> str:
    """Of whole numbers a count; else a rate where the name says so; else continuous."""
    rate = set(_tokens(name)) & set(NAMES["rate"])
    whole = all(WHOLE.fullmatch(cell) for cell in dict.fromkeys(cells))
    if whole and not rate and max(map(float, cells)) <= MOST_COUNT:
        return COUNT
    below = any(cell.startswith("-") for cell in cells)
    return "rate" if rate and not below else "continuous"


def _treatment(
    table: Columns, roles: Mapping[str, str], flags: list[str]
) -> tuple[tuple[str, ...], str, str]:
    """The treated units, the start and how both are known: from columns of 0 and 1."""
    units, periods = (np.array(table[roles[key]]) for key in ("unit", "period"))
    order = {text: number for number, text in enumerate(_in_time(set(periods)))}
    treated: tuple[str, ...] = (PLACEHOLDER,)
    start, said = PLACEHOLDER, []
    for name in flags:
        on = np.array([FLAGS[cell.lower()] for cell in table[name]], dtype=bool)
        of_unit = {unit: on[units == unit] for unit in dict.fromkeys(units)}
        of_period = {period: on[periods == period] for period in dict.fromkeys(periods)}
        starts = {
            unit: min(periods[(units == unit) & on], key=order.__getitem__)
            for unit, some in of_unit.items()
            if some.any()
        }
        first = next(iter(starts.values()))
        by_unit = all(some.all() or not some.any() for some in of_unit.values())
        by_period = all(some.all() or not some.any() for some in of_period.values())
        if not by_unit and len(set(starts.values())) > 1:
            said.append(f"{name} begins at {len(set(starts.values()))} different periods")
            continue
        start = start if by_unit else str(first)
        treated = treated if by_period else tuple(sorted(map(str, starts)))
        where = "" if by_period else f" in {', '.join(treated)}"
        said.append(f"{name} is 1{where}{'' if by_unit else f' from {start} on'}")
    return treated, start, "; ".join(said) or "no column of 0 and 1 says it"


def _in_time(periods: Iterable[str]) -> list[str]:
    """Periods in time order, as far as their names say it."""
    texts = list(periods)
    numbered = all(re.fullmatch(r"-?[0-9]+", text) for text in texts)
    return sorted(texts, key=int) if numbered else sorted(texts)
