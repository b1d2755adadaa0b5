"""Where on the page an exhibit or a section is."""

from evaluation.analyses import KINDS, exhibits, in_section
from evaluation.page.sections import ANSWER, CLOSING, SECTIONS
from evaluation.study.study import Study


def section_of(place: str) -> str:
    """The section of `table:…` or `figure:…`, or that of `section:…` itself.

    Raises `KeyError` for a place that the page does not have.
    """
    kind, _, name = place.partition(":")
    if kind == "section" and name in (ANSWER, *SECTIONS, *CLOSING):
        return name
    found = exhibits(kind).get(name) if kind in KINDS else None
    if found is None or found.section not in (ANSWER, *SECTIONS):
        raise KeyError(f"the page has no {place}")
    return found.section


def on_page(place: str, study: Study) -> bool:
    """Whether the page of a study has a place: it lacks exhibits that the study has nothing for,
    and sections without any."""
    kind, _, name = place.partition(":")
    if kind == "section":
        return name not in SECTIONS or bool(in_section(name, study))
    return name in exhibits(kind, study)


def anchor_of(place: str) -> str:
    """The id on the page of an exhibit or a section."""
    kind, _, name = place.partition(":")
    return name if kind == "section" else f"exhibit-{kind}-{name}"
