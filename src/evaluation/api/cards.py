"""How a result shows itself: one list of lines, as plain text and as a table of a notebook."""

import math
from abc import ABC, abstractmethod
from html import escape

NOTHING = "–"
MINUS = "−"


class Card(ABC):
    """Something that a person reads: a title and pairs of a name and a text."""

    @abstractmethod
    def _card(self) -> tuple[str, list[tuple[str, str]]]:
        """The title, and a name and a text for each line."""

    def __repr__(self) -> str:
        title, lines = self._card()
        width = max(len(name) for name, _ in lines)
        return "\n".join([title, *(f"  {name:<{width}}  {text}" for name, text in lines)])

    def _repr_html_(self) -> str:
        title, lines = self._card()
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>'
            f'<td style="text-align:left">{escape(text)}</td></tr>'
            for name, text in lines
        )
        caption = f'<caption style="text-align:left"><b>{escape(title)}</b></caption>'
        return f"<table>{caption}<tbody>{rows}</tbody></table>"


def number(value: float, decimals: int = 1, signed: bool = False) -> str:
    """`1,234.5`, with a true minus sign; an en dash where there is none."""
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    value = round(value, decimals) + 0.0  # no negative zero
    return f"{value:{'+' if signed and value else ''},.{decimals}f}".replace("-", MINUS)


def percent(value: float) -> str:
    """A value that is already in percent, `−26%`."""
    text = number(value, 0, signed=True)
    return text if text == NOTHING or "∞" in text else f"{text}%"


def probability(value: float) -> str:
    """A p-value with three decimals, four below .001."""
    if 0 < value < 0.00005:
        return "<0.0001"
    return number(value, 4 if 0 < value < 0.001 else 3)


def some(names: tuple[str, ...], most: int = 6) -> str:
    """A few names, and how many there are where those are not all."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])}, … ({len(names)} in all)"
