"""Downloads against a real server on loopback that breaks off, lies, redirects and refuses."""

import hashlib
import json

import numpy as np
import pytest

from evaluation.sources.download import Patience, ask, fetch, open_session
from evaluation.study.errors import InputError
from tests.sources.portal import File, serve

QUICK = Patience(attempts=3, backoff=0.01, connect=2.0, read=2.0)
CONTENT = np.random.default_rng(1).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def portal():
    with serve() as portal:
        yield portal


@pytest.fixture
def get(portal, tmp_path):
    """Fetch a served file as `file.part` of an empty folder."""

    def get(path="file.csv", report=lambda done, total: None):
        with open_session(QUICK) as session:
            return fetch(portal.url(path), tmp_path / "file.part", session, QUICK, report)

    return get


def ranges(portal):
    return [asked for _, asked in portal.asked]


def test_a_whole_file_with_its_hash_length_and_progress(portal, get):
    portal.files["file.csv"], seen = File(CONTENT), []
    found = get(report=lambda done, total: seen.append((done, total)))
    assert (found.sha256, found.bytes) == (SHA256, len(CONTENT))
    assert found.path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_busy_server_is_asked_again(portal, get):
    portal.files["file.csv"] = File(CONTENT, faults=["503", "503"])
    assert get().sha256 == SHA256
    assert len(portal.asked) == 3


def test_a_server_that_stays_busy_is_named(portal, get):
    portal.files["file.csv"] = File(CONTENT, faults=["503"] * 9)
    with pytest.raises(InputError, match="file.csv: the server answers 503"):
        get()


@pytest.mark.parametrize("fault", ["break", "close"])
def test_a_broken_connection_is_resumed_where_it_broke(portal, get, fault):
    portal.files["file.csv"] = File(CONTENT, faults=["break", fault])
    assert get().sha256 == SHA256
    half = len(CONTENT) // 2
    assert ranges(portal)[:2] == ["", f"bytes={half}-"]
    assert fault != "break" or ranges(portal)[2] == f"bytes={half + half // 2}-"


def test_the_next_run_goes_on_where_the_last_one_gave_up(portal, get):
    portal.files["file.csv"] = File(CONTENT, faults=["break", "close", "close", "close", "close"])
    with pytest.raises(InputError):
        get()
    portal.asked.clear()
    assert get().sha256 == SHA256
    assert ranges(portal) == [f"bytes={len(CONTENT) // 2}-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(portal, get):
    portal.files["file.csv"] = File(CONTENT, faults=["break", *["close"] * 4])
    with pytest.raises(InputError):
        get()
    newer = CONTENT[::-1]
    portal.files["file.csv"] = File(newer, etag='"two"')
    assert get().path.read_bytes() == newer


def test_without_a_validator_nothing_is_joined(portal, get):
    portal.files["file.csv"] = File(CONTENT, faults=["break"], etag="")
    assert get().sha256 == SHA256
    assert ranges(portal) == ["", ""]


def test_a_server_that_ignores_ranges(portal, get):
    portal.files["file.csv"] = File(CONTENT, faults=["break"], always="no ranges")
    assert get().path.read_bytes() == CONTENT


def test_a_file_that_was_whole_already_is_not_fetched_again(portal, get):
    portal.files["file.csv"] = File(CONTENT)
    get()
    portal.asked.clear()
    assert get().sha256 == SHA256
    assert ranges(portal) == [f"bytes={len(CONTENT)}-"]


def test_redirects_are_followed_and_the_final_address_is_known(portal, get):
    portal.files["here.csv"] = File(CONTENT)
    portal.files["file.csv"] = File(b"", always=portal.url("here.csv"))
    found = get()
    assert (found.url, found.sha256) == (portal.url("here.csv"), SHA256)


def test_a_redirect_to_a_page_is_refused(portal, get, tmp_path):
    portal.files["login"] = File(b"", always="html")
    portal.files["file.csv"] = File(b"", always=portal.url("login"))
    with pytest.raises(InputError, match="web page instead of the file"):
        get()
    assert list(tmp_path.iterdir()) == []


def test_a_page_with_status_200_is_refused_and_leaves_nothing(portal, get, tmp_path):
    portal.files["file.csv"] = File(CONTENT, always="html")
    with pytest.raises(InputError, match=r"file\.csv: the server answered with a web page"):
        get()
    assert list(tmp_path.iterdir()) == []


def test_a_length_that_is_never_reached_is_refused(portal, get):
    portal.files["file.csv"] = File(CONTENT, always="long", etag="")
    with pytest.raises(InputError, match="broke off 3 times after 300,000 bytes"):
        get()


def test_an_empty_file_and_a_compressed_answer_are_refused(portal, get):
    portal.files["file.csv"] = File(b"")
    with pytest.raises(InputError, match="no bytes at all"):
        get()
    portal.files["file.csv"] = File(CONTENT, always="gzip")
    with pytest.raises(InputError, match="a compressed answer"):
        get()


def test_a_file_that_is_not_there_and_a_server_that_does_not_answer(portal, get, tmp_path):
    with pytest.raises(InputError, match="the server answers 404"):
        get()
    with open_session(QUICK) as session, pytest.raises(InputError, match="cannot be reached"):
        fetch("http://127.0.0.1:9/file.csv", tmp_path / "part", session, QUICK)


def test_the_catalogue_answers_json_or_is_refused(portal):
    portal.packages["package_show:x"] = {"success": True, "result": {}}
    portal.packages["package_show:page"] = b"<html></html>"
    address = portal.url("api/3/action/package_show")
    with open_session(QUICK) as session:
        assert ask(address, {"id": "x"}, session, QUICK) == json.loads(
            '{"success": true, "result": {}}'
        )
        with pytest.raises(InputError, match="id=page: the answer is not JSON"):
            ask(address, {"id": "page"}, session, QUICK)
        with pytest.raises(InputError, match="the server answers 404"):
            ask(address, {"id": "none"}, session, QUICK)
