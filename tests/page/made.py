"""Exhibits, their sentences and numbers by name, for the tests of this folder."""

from evaluation.analyses import KINDS, analyses, exhibits

TABLES = {name: one.make for name, one in exhibits("table").items()}
FIGURES = {name: one.make for name, one in exhibits("figure").items()}


def reading(name, numbers):
    """The keys of the sentences of an exhibit."""
    found = [exhibits(kind)[name] for kind in KINDS if name in exhibits(kind)]
    return found[0].reading(numbers)


def numbers_of(study, frames, *names):
    """What the facts of some analyses count."""
    values = {}
    for name in names:
        one = analyses()[name]
        values |= one.facts.numbers(study, **{key: frames[key] for key in one.fact_frames})
    return values
