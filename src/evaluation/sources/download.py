"""Fetch one file over HTTP: resumed where it broke off, and taken only if it is whole.

What has arrived lies in `<part>`, with the server's validator in `<part>.json`. Only with that
validator is a download resumed: without it, the bytes of two versions could be joined unseen.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError as BodyError
from urllib3.util.retry import Retry

from evaluation.study.errors import InputError
from evaluation.study.files import write_json

CHUNK = 1 << 18
PASSING = (408, 429, 500, 502, 503, 504)  # answers that a later attempt may not get
LONGEST_WAIT = 120  # seconds; also the most that is granted to a server's Retry-After
HTML = (b"<!doctype html", b"<html")


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    attempts : tries in a row that bring nothing new before giving up
    backoff : seconds before the second try; each further wait is twice as long
    connect, read : seconds without an answer, and without a further byte
    """

    attempts: int = 5
    backoff: float = 1.0
    connect: float = 15.0
    read: float = 60.0

    @property
    def timeout(self) -> tuple[float, float]:
        return self.connect, self.read

    def wait(self, attempt: int) -> None:
        sleep(min(self.backoff * 2**attempt, LONGEST_WAIT))


@dataclass(frozen=True)
class Fetched:
    """A whole file: where it lies, the address after redirects, its hash and length."""

    path: Path
    url: str
    sha256: str
    bytes: int


PATIENT = Patience()


class _BrokenOff(Exception):
    """The body ended early; what has arrived is kept."""


Report = Callable[[int, int | None], None]


@contextmanager
def open_session(patience: Patience = PATIENT) -> Iterator[requests.Session]:
    """A session that tries again after a passing error, and honours Retry-After and proxies."""
    retry = Retry(
        total=patience.attempts,
        backoff_factor=patience.backoff,
        backoff_max=LONGEST_WAIT,
        status_forcelist=PASSING,
        allowed_methods=("GET",),
        raise_on_status=False,
        retry_after_max=LONGEST_WAIT,
    )
    with requests.Session() as session:
        # Ranges count the bytes of the file, so the server must not compress it on the way.
        session.headers["Accept-Encoding"] = "identity"
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        yield session


def fetch(
    url: str,
    part: str | Path,
    session: requests.Session,
    patience: Patience = PATIENT,
    report: Report = lambda done, total: None,
) -> Fetched:
    """Download `url` to the file `part`, going on where an earlier run broke off.

    `report` is called with the bytes that have arrived and the whole length (None where the server
    does not say). Raises `InputError` where the server cannot be reached, refuses, serves a page
    instead of a file, or keeps breaking off; in the last case what has arrived stays in `part`.
    """
    part, most, failures = Path(part), 0, 0
    part.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            final = _attempt(url, part, session, patience, report)
            return Fetched(part, final, sha256_of(part), part.stat().st_size)
        except _BrokenOff as error:
            arrived = part.stat().st_size if part.exists() else 0
            failures = failures + 1 if arrived <= most else 1
            most = max(most, arrived)
            if failures >= patience.attempts:
                raise InputError(
                    url,
                    f"the download broke off {failures} times after {arrived:,} bytes ({error})",
                    "a whole file of the length that the server states",
                    "Run again to go on from there, or fetch the file by hand and use "
                    "`source.from: files`.",
                ) from None
            patience.wait(failures - 1)


def discard(part: str | Path) -> None:
    """Remove a partial download and its validator."""
    Path(part).unlink(missing_ok=True)
    _note_of(part).unlink(missing_ok=True)


def ask(url: str, parameters: dict[str, str], session: requests.Session, patience: Patience):
    """The JSON that a server answers. Raises `InputError` for no answer and for no JSON."""
    with _request(url, session, patience, params=parameters) as answer:
        if answer.status_code != 200:
            raise _refused(answer.url, answer)
        try:
            return answer.json()
        except requests.exceptions.JSONDecodeError:
            raise InputError(
                answer.url,
                "the answer is not JSON",
                "an answer of the catalogue",
                "Check the address of the portal.",
            ) from None


def sha256_of(path: str | Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def progress_bar(title: str) -> Iterator[Report]:
    """A bar on standard error with bytes, speed and time left; none if that is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    speed = (TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, *speed, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _attempt(
    url: str, part: Path, session: requests.Session, patience: Patience, report: Report
) -> str:
    """One request that completes `part`; the address that served it. Raises `_BrokenOff`."""
    start, validator = _resumable(url, part)
    headers = {"Range": f"bytes={start}-", "If-Range": validator} if start else {}
    with _request(url, session, patience, headers=headers, stream=True) as answer:
        if answer.status_code == 416:
            if _total(answer, start) == start:
                return answer.url  # an earlier run was killed just after the last byte
            discard(part)
            raise _BrokenOff("the server refused the range")
        if answer.status_code not in (200, 206):
            raise _refused(url, answer)
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise InputError(
                url, "a compressed answer", "the file as it is", "Use the file's own address."
            )
        resumed = answer.status_code == 206
        if resumed and _range_start(answer) != start:
            discard(part)
            raise _BrokenOff("the server sent another range")
        start = start if resumed else 0
        total = _total(answer, start)
        if not resumed:
            discard(part)
            _note(url, part, answer)
        _receive(url, part, answer, start, total, report)
        return answer.url


def _receive(url, part: Path, answer, start: int, total: int | None, report: Report) -> None:
    done = start
    with open(part, "ab" if start else "wb") as file:
        try:
            for chunk in answer.raw.stream(CHUNK, decode_content=False):
                if done == 0 and _is_html(chunk):
                    discard(part)
                    raise InputError(
                        url,
                        "the server answered with a web page instead of the file",
                        "the file itself",
                        "Open the address in a browser, and correct it in the config.",
                    )
                file.write(chunk)
                done += len(chunk)
                report(done, total)
        except BodyError as error:
            raise _BrokenOff(type(error).__name__) from None
        file.flush()
        os.fsync(file.fileno())
    if total is not None and done != total:
        if done > total:
            discard(part)
        raise _BrokenOff(f"{done:,} bytes instead of {total:,}")
    if done == 0:
        raise _BrokenOff("no bytes at all")


def _request(url: str, session: requests.Session, patience: Patience, **arguments):
    try:
        return session.get(url, timeout=patience.timeout, **arguments)
    except requests.exceptions.RequestException as error:
        raise InputError(
            url,
            f"the server cannot be reached ({type(error).__name__})",
            "an answer",
            "Check the network and the address, or fetch the file by hand and use "
            "`source.from: files`.",
        ) from None


def _refused(url: str, answer: requests.Response) -> InputError:
    return InputError(
        url,
        f"the server answers {answer.status_code} {answer.reason}",
        "200 OK",
        "Try later, or correct the address in the config.",
    )


def _is_html(chunk: bytes) -> bool:
    return chunk.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith(HTML)


def _total(answer: requests.Response, start: int) -> int | None:
    """Length of the whole file as the server states it."""
    text = answer.headers.get("Content-Range", "").rpartition("/")[2]
    if text.isdigit() or answer.status_code == 416:
        return int(text) if text.isdigit() else None
    length = answer.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _range_start(answer: requests.Response) -> int | None:
    text = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(text) if text.isdigit() else None


def _note_of(part: str | Path) -> Path:
    return Path(f"{part}.json")


def _note(url: str, part: Path, answer: requests.Response) -> None:
    etag = answer.headers.get("ETag", "")
    strong = "" if etag.startswith("W/") else etag
    validator = strong or answer.headers.get("Last-Modified", "")
    write_json({"url": url, "validator": validator}, _note_of(part))


def _resumable(url: str, part: Path) -> tuple[int, str]:
    """Bytes that have arrived and their validator; zero where a resumption would be unsafe."""
    note = _note_of(part)
    if part.exists() and note.exists():
        known = json.loads(note.read_text(encoding="utf-8"))
        if known["url"] == url and known["validator"]:
            return part.stat().st_size, known["validator"]
    return 0, ""
