"""The one error a user sees: what was wrong, where, what was expected, what to do."""

import sys
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """Bad input from outside the library: a file, a table, a config.

    Parameters
    ----------
    where : file, and the row, column or key in it
    problem : what was found
    expected : what a correct input looks like
    action : what the reader of the message should do
    """

    def __init__(self, where: str, problem: str, expected: str, action: str):
        self.where, self.problem, self.expected, self.action = where, problem, expected, action
        super().__init__(f"{where}: {problem}. Expected {expected}. {action}")


class EstimationError(RuntimeError):
    """A design that an estimator or a test cannot honour, or a solution that is not certified."""


class NotTestable(EstimationError):
    """A fit exists, but one test or interval of it does not: a row with its reason, not a number.

    reason : a few fixed words, which the report's catalogues translate
    """

    def __init__(self, reason: str, message: str):
        self.reason = reason
        super().__init__(message)


@contextmanager
def reported_to(log: str | Path):
    """Turn the two errors above into one message on standard error and in `log`, and exit with 1.

    Any other exception is a defect and keeps its traceback.
    """
    try:
        yield
    except (InputError, EstimationError) as error:
        Path(log).write_text(f"{error}\n", encoding="utf-8")
        print(f"\n{type(error).__name__}: {error}\n", file=sys.stderr)
        raise SystemExit(1) from None
