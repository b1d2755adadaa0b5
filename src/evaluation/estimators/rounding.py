"""What is nothing but rounding, and so differs between machines and releases of numpy.

Sums that are zero in exact arithmetic come out as 1e-16 to 1e-11 of either sign, and statistics
that are equal differ in their last digits. Nothing may hang on either: whether there is a ratio is
asked of `settled` counts, and ranks are counted among `tied` statistics.
"""

import numpy as np

# On panels of the real shape expected counts of zero end below 1e-11, others begin at 1e-5.
ROUNDING = 1e-9


def settled(expected: np.ndarray, counted: np.ndarray | float) -> np.ndarray:
    """Expected events, with zero in place of what only rounding keeps from it.

    counted : events of the same units that the counterfactual is made of; broadcasts. What is below
        1e-9 of them, or of one event, is rounding.
    """
    return np.where(np.abs(expected) <= ROUNDING * (1 + counted), 0.0, expected)


def settled_values(expected: np.ndarray, largest: np.ndarray | float) -> np.ndarray:
    """As `settled`, of values that are no events, which may be negative and of any size.

    largest : the largest magnitude of what they are made of; broadcasts
    """
    return np.where(np.abs(expected) <= ROUNDING * largest, 0.0, expected)


def tied(reference: np.ndarray, value: np.ndarray | float) -> np.ndarray:
    """The reference, with what is within rounding of `value` set to it.

    reference : (..., R) statistics, NaN or infinite where there is none
    value : what they are compared with; broadcasts to the reference

    Within 1e-9 of the value and of a large |reference| together is rounding: a value near zero is a
    difference of larger ones. Large is the 90th percentile, which one infinite ratio cannot move.
    """
    finite = np.abs(reference[np.isfinite(reference)])
    large = float(np.quantile(finite, 0.9)) if finite.size else 0.0
    with np.errstate(invalid="ignore"):  # infinite ones are equal as they are, or not at all
        near = np.abs(reference - value) <= ROUNDING * (np.abs(value) + large)
    return np.where(near & np.isfinite(reference) & np.isfinite(value), value, reference)
