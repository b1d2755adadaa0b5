"""One comparison of a number with another's, and how well the two agree."""

from dataclasses import dataclass
from decimal import Decimal
from math import floor, isfinite, log10

SOLVER, PRINTED, TWO_PERCENT, DIFFERS = "solver", "printed", "within 2%", "differs"
CLASSES = (SOLVER, PRINTED, TWO_PERCENT, DIFFERS)


@dataclass(frozen=True)
class Check:
    """A number of ours and one that was found without our code.

    case : estimator or test, data, and whose number it is; the checks of one case stand together
    expected : a text has the digits that are printed, a float all of them
    tolerance : relative, up to which a float agrees to the tolerance of its solver
    size : what a difference is relative to, as an interval's width; without one, what is expected
    why : why the two differ, where they do
    """

    estimator: str
    data: str
    source: str
    quantity: str
    expected: str | float
    ours: float
    tolerance: float = 1e-8
    why: str = ""
    size: float | None = None

    @property
    def case(self) -> tuple[str, str, str]:
        return self.estimator, self.data, self.source

    @property
    def difference(self) -> float:
        return self.ours - float(self.expected)

    @property
    def agreement(self) -> str:
        """One of `CLASSES`: within the solver's tolerance, or the same where it is rounded as it
        was printed; else within two percent; else different."""
        size = abs(float(self.expected)) if self.size is None else self.size
        if isinstance(self.expected, str):
            digits = Decimal(self.expected).as_tuple().exponent
            if abs(self.difference) <= 0.5 * 10.0 ** int(digits) * (1 + 1e-9):
                return PRINTED
        elif abs(self.difference) <= self.tolerance * size:
            return SOLVER
        return TWO_PERCENT if abs(self.difference) <= 0.02 * size else DIFFERS


def significant(value: float, digits: int) -> str:
    """So many significant digits, without exponent; digits that a solver leaves open are cut."""
    if not isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    places = max(digits - 1 - floor(log10(abs(value))), 0)
    return f"{value:,.{places}f}".replace("-", "−")


def shown(check: Check) -> tuple[str, str, str]:
    """Expected, ours and their difference as the page prints them."""
    given = check.expected
    text = given.replace("-", "−") if isinstance(given, str) else significant(given, 6)
    if check.agreement == SOLVER:
        return text, significant(check.ours, 6), f"< {check.tolerance:g}"
    return text, significant(check.ours, 6), significant(check.difference, 2)
