"""The newest file of each dataset, as the portal's catalogue (CKAN) lists it.

Where the catalogue does not answer, or no longer has the dataset, the configured direct address is
taken instead; `note` says so, and the caller shows it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from evaluation.study.errors import InputError

PERIOD = re.compile(r"(20\d{2})[-_](0[1-9]|1[0-2])(?!\d)")
MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
NAMED_PERIOD = re.compile(rf"({'|'.join(MONTHS)})[-_ ](20\d{{2}})(?!\d)")


@dataclass(frozen=True)
class Dataset:
    """What is asked for: `file` is how the names of its files begin, in any case.

    `dataset` and `resource` are the portal's identifiers, `url` the direct address that stands in
    where the catalogue fails; each may be empty.
    """

    name: str
    dataset: str = ""
    resource: str = ""
    file: str = ""
    url: str = ""


@dataclass(frozen=True)
class Resource:
    """One file of the portal. `published` is the catalogue's own date, empty where it has none.

    `note` is empty where the catalogue was followed, and says what stood in for it otherwise.
    """

    dataset: str
    url: str
    published: str = ""
    bytes: int | None = None
    note: str = ""

    @property
    def file(self) -> str:
        return file_name(self.url)


Ask = Callable[[str, dict[str, str]], object]


def find_newest(portal: str, wanted: Dataset, ask: Ask) -> Resource:
    """Where the newest file of a dataset lies.

    `ask(address, parameters)` returns the JSON that the portal answers and raises `InputError`
    where it does not. Tried in turn: the dataset, the resource by its identifier, the direct
    address. Raises `InputError` with all that was tried where none is left.
    """
    failures = []
    for action, identifier in (
        ("package_show", wanted.dataset),
        ("resource_show", wanted.resource),
    ):
        if not identifier:
            continue
        address = f"{portal.rstrip('/')}/api/3/action/{action}"
        try:
            result = _result(ask(address, {"id": identifier}), address)
            listed = result.get("resources") if action == "package_show" else [result]
            found = newest(listed, wanted, f"{address}?id={identifier}")
        except InputError as error:
            failures.append(str(error))
            continue
        note = f"the resource itself was asked for, since {failures[0]}" if failures else ""
        return Resource(**{**vars(found), "note": note})
    if not wanted.url:
        raise InputError(
            f"dataset {wanted.name}",
            "; ".join(failures) or "neither an identifier nor an address is given",
            "an answer of the catalogue, or a direct address",
            "Give `url` of the dataset in the config, or use `source.from: files`.",
        )
    reason = f"since {'; '.join(failures)}" if failures else "since no identifier is given"
    return Resource(wanted.name, wanted.url, note=f"the configured address was taken, {reason}")


def newest(listed: object, wanted: Dataset, where: str) -> Resource:
    """The newest of the listed resources whose file name begins as wanted.

    A file is newer if the month in its name is later; the catalogue's dates break ties, then its
    order. Dates alone would let an old file that was uploaded again win.
    """
    if not isinstance(listed, list):
        raise InputError(where, "the answer lists no resources", "a list", "Check the portal.")
    found = [entry for entry in listed if isinstance(entry, Mapping) and _is_wanted(entry, wanted)]
    if not found:
        names = [file_name(str(entry.get("url"))) for entry in listed if isinstance(entry, Mapping)]
        raise InputError(
            where,
            f"no file of {names} begins with {wanted.file!r}",
            f"a file of the dataset {wanted.name}",
            "Correct `file` of the dataset in the config.",
        )
    _, best = max(enumerate(found), key=lambda item: (*_age(item[1]), item[0]))
    size = best.get("size")
    return Resource(
        wanted.name,
        best["url"],
        _published(best),
        int(size) if str(size or "").isdigit() else None,
    )


def file_name(url: str) -> str:
    """The last part of an address, without its query."""
    return unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]


def period_of_name(name: str) -> str:
    """The last month that a file name states, `YYYY-MM`; empty for none."""
    found = ["-".join(match) for match in PERIOD.findall(name)]
    found += [
        f"{year}-{MONTHS.index(month) + 1:02d}"
        for month, year in NAMED_PERIOD.findall(name.lower())
    ]
    return max(found, default="")


def _result(answer: object, where: str) -> Mapping:
    if not (isinstance(answer, Mapping) and answer.get("success") is True):
        raise InputError(
            where, "the catalogue did not answer with success", "a result", "Try later."
        )
    result = answer.get("result")
    if not isinstance(result, Mapping):
        raise InputError(where, "the answer holds no result", "a result", "Check the portal.")
    return result


def _is_wanted(entry: Mapping, wanted: Dataset) -> bool:
    url = entry.get("url")
    return (
        isinstance(url, str)
        and url.startswith(("http://", "https://"))
        and file_name(url).lower().startswith(wanted.file.lower())
    )


def _published(entry: Mapping) -> str:
    return str(entry.get("last_modified") or entry.get("created") or "")


def _age(entry: Mapping) -> tuple[str, str]:
    return period_of_name(file_name(entry["url"])), _published(entry)
