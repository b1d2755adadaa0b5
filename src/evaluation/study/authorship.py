"""Who answers for a study: its authors, their institution, and how it is cited. Words alone."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass

from evaluation.study.errors import InputError

KEYS = ("authors", "institution", "contact", "date", "licence", "doi")
LICENCES = ("text", "data", "figures")
ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")


@dataclass(frozen=True)
class Author:
    """A person, or a body that answers as one (a name alone)."""

    name: str
    affiliation: str = ""
    orcid: str = ""
    email: str = ""


@dataclass(frozen=True)
class Authorship:
    """What `authorship` of a config states; what it does not is empty.

    date : of the report, stated (ISO 8601), never that of the run
    licences : SPDX identifiers of the report's text, data and figures, as pairs
    """

    authors: tuple[Author, ...] = ()
    institution: str = ""
    contact: str = ""
    date: str = ""
    licences: tuple[tuple[str, str], ...] = ()
    doi: str = ""

    @property
    def names(self) -> str:
        return ", ".join(author.name for author in self.authors)


NAMELESS = Authorship()


def authorship_of(config: Mapping, where: str = "config") -> Authorship:
    """What the config states; raises `InputError` for an author without a name, an ORCID whose
    check digit is wrong (ISO 7064 11,2), or a date that is none."""
    given = config.get("authorship", {})
    place = f"{where}, authorship"
    authors = []
    for number, entry in enumerate(given.get("authors", []), 1):
        author = Author(**{key: str(value).strip() for key, value in entry.items()})
        if not author.name:
            raise InputError(f"{place}, author {number}", "no name", "a name", "Give it.")
        if author.orcid and not _is_orcid(author.orcid):
            raise InputError(
                f"{place}, {author.name}",
                f"orcid {author.orcid!r}",
                "four groups of four digits whose last one checks the others",
                "Copy it from the author's page.",
            )
        authors.append(author)
    date = str(given.get("date", ""))
    try:
        datetime.date.fromisoformat(date or "2000-01-01")
    except ValueError:
        action = "Write year, month and day."
        raise InputError(place, f"date {date!r}", "a day, as 2026-11-28", action) from None
    licence = given.get("licence", {})
    return Authorship(
        tuple(authors),
        institution=str(given.get("institution", "")),
        contact=str(given.get("contact", "")),
        date=date,
        licences=tuple((kind, str(licence[kind])) for kind in LICENCES if kind in licence),
        doi=str(given.get("doi", "")),
    )


def cited(authorship: Authorship, title: str, code_version: str) -> str:
    """How the report is cited: authors (year). Title. Institution. Version. DOI.

    What is not stated is left out; the version always says which run is meant.
    """
    year = f" ({authorship.date[:4]})" if authorship.date else ""
    opening = f"{authorship.names}{year}. " if authorship.authors else ""
    ending = title if title.endswith(("?", "!")) else f"{title}."
    parts = [f"{authorship.institution}."] if authorship.institution else []
    parts += [f"[{code_version}]."]
    parts += [f"https://doi.org/{authorship.doi}"] if authorship.doi else []
    return f"{opening}{ending} {' '.join(parts)}"


def _is_orcid(text: str) -> bool:
    if not ORCID.fullmatch(text):
        return False
    *digits, last = text.replace("-", "")
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return last == ("X" if check == 10 else str(check))
