"""The validation page and the numbers in the examples' READMEs are what the code gives."""

import pytest

from studies.validation.__main__ import rows, written
from studies.validation.checks import DIFFERS, PRINTED, SOLVER, TWO_PERCENT, Check, significant


def check(expected, ours, **changes):
    return Check("did", "x", "someone", "effect", expected, ours, **changes)


def test_the_page_and_the_numbers_of_the_examples_are_as_they_are_generated():
    for path, text in written().items():
        assert path.read_text(encoding="utf-8") == text, (
            f"{path.name} is not what the code gives: run python -m studies.validation"
        )


def test_classes_of_agreement():
    assert check(2.0, 2.0 + 1e-8).agreement == SOLVER
    assert check(2.0, 2.0 + 1e-7).agreement == TWO_PERCENT
    assert check(2.0, 2.0 + 1e-7, tolerance=1e-6).agreement == SOLVER
    assert check(2.0, 2.1).agreement == DIFFERS
    assert check("-27.3", -27.3491).agreement == PRINTED
    assert check("-19.6", -19.5136).agreement == TWO_PERCENT
    assert check("16", 16.49).agreement == PRINTED
    assert check("8.4", 9.37).agreement == DIFFERS
    assert check(0.001, 0.0012, size=0.1).agreement == TWO_PERCENT  # of an interval's width


def test_a_difference_needs_its_reason_and_reasons_are_numbered_once():
    with pytest.raises(ValueError, match="differs, and no reason"):
        rows([check(2.0, 2.5)])
    table = rows([check(2.0, 2.5, why="other data"), check(2.0, 2.6, why="other data")])
    assert table.count("differs (1)") == 2 and table.endswith("\n\n1. other data.")


@pytest.mark.parametrize(
    ("value", "text"),
    [(-19.51362, "−19.5136"), (21013.188, "21,013.2"), (0.0000222, "0.0000222000"), (0.0, "0")],
)
def test_numbers_have_their_significant_digits(value, text):
    assert significant(value, 6) == text
