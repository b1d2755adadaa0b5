"""The vintage store: once, under its hash, never written again, whatever moment a process dies."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from evaluation.sources.vintages import COLUMNS, Contents, Store
from evaluation.study.errors import InputError

NOW = "2025-02-03T04:05:06Z"
CONTENTS = Contents("carpetas acumulado", 3, "2016-01", "2016-12")


class Killed(BaseException):
    """As if the process had died: nothing catches it."""


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def arrive(store, content, name="a.part"):
    store.arriving.mkdir(parents=True, exist_ok=True)
    path = store.arriving / name
    path.write_bytes(content)
    return path


def add(store, content, dataset="carpetas", now=NOW, inspect=lambda path: CONTENTS):
    with store.writing():
        return store.add(arrive(store, content), dataset, "http://p/f.csv", now, inspect)


def state(store):
    """Everything in the store, by path."""
    return {
        str(path.relative_to(store.folder)): path.read_bytes()
        for path in store.folder.rglob("*")
        if path.is_file()
    }


def test_a_vintage_lies_under_its_hash_with_its_row(store):
    vintage = add(store, b"rows")
    assert vintage.sha256 == hashlib.sha256(b"rows").hexdigest()
    assert store.verified(vintage.sha256).read_bytes() == b"rows"
    assert store.path(vintage.sha256).stat().st_mode & 0o222 == 0
    assert store.vintages() == [vintage]
    table = pd.read_csv(store.table)
    assert list(table) == list(COLUMNS)
    assert table.loc[0, ["retrieved_at", "bytes", "rows", "schema"]].tolist() == [
        *(NOW, 4, 3, "carpetas acumulado")
    ]
    assert set(state(store)) == {".lock", "vintages.csv", f"raw/{vintage.sha256}"}


def test_the_same_bytes_are_stored_and_listed_once(store):
    first = add(store, b"rows")
    before = state(store)
    again = add(store, b"rows", now="2025-03-03T04:05:06Z")
    assert again == first and state(store) == before
    other = add(store, b"rows", dataset="victims")
    assert len(list(store.raw.iterdir())) == 1
    assert store.vintages() == [first, other]


def test_an_older_vintage_stays_when_a_newer_one_comes(store):
    first, second = add(store, b"one"), add(store, b"two", now="2025-03-03T04:05:06Z")
    assert store.vintages() == [first, second]
    assert store.verified(first.sha256).read_bytes() == b"one"


def test_a_file_that_cannot_be_used_leaves_the_store_as_it_was(store):
    add(store, b"rows")
    before = state(store)

    def refuse(path):
        raise InputError(str(path), "no incidents", "incidents", "Fetch it again.")

    with pytest.raises(InputError, match="no incidents"):
        add(store, b"other", inspect=refuse)
    assert state(store) == before


def test_one_writer_at_a_time(store):
    with store.writing(), pytest.raises(InputError, match="another run is writing"):
        Store(store.folder).writing().__enter__()
    with store.writing():
        pass


def test_a_changed_or_lost_file_is_noticed(store):
    vintage = add(store, b"rows")
    path = store.path(vintage.sha256)
    path.chmod(0o644)
    path.write_bytes(b"ROWS")
    with pytest.raises(InputError, match="is not what was stored"):
        store.verified(vintage.sha256)
    path.unlink()
    with pytest.raises(InputError, match="is gone"):
        store.verified(vintage.sha256)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",4,3,", ",4,x,", "x"),
        ("2016-12", "2016-13", "line 2, column last_month"),
        ("bytes", "size", "missing columns"),
    ],
)
def test_a_broken_table_is_named_with_its_line(store, old, new, message):
    add(store, b"rows")
    store.table.write_text(store.table.read_text().replace(old, new))
    with pytest.raises(InputError, match=message) as error:
        store.vintages()
    assert "vintages.csv" in str(error.value)


def test_a_vintage_off_its_contract_is_not_stored(store):
    with pytest.raises(InputError, match="column rows"):
        add(store, b"rows", inspect=lambda path: replace(CONTENTS, rows=-1))
    assert store.vintages() == [] and list(store.raw.iterdir()) == []


STEPS = [(os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "unlink"), (Path, "chmod")]


def die_at(monkeypatch, number, after):
    """Die at the given call of any step that changes the disk, before or after it."""
    calls = {"left": number}

    def mortal(step):
        def run(*arguments, **named):
            calls["left"] -= 1
            if calls["left"] == 0 and not after:
                raise Killed
            done = step(*arguments, **named)
            if calls["left"] == 0:
                raise Killed
            return done

        return run

    for owner, name in STEPS:
        monkeypatch.setattr(owner, name, mortal(getattr(owner, name)))
    return calls


@pytest.mark.parametrize("after", [False, True])
def test_death_at_every_single_step_loses_and_doubles_nothing(tmp_path, monkeypatch, after):
    def once(folder):
        store = Store(folder)
        for content, dataset in ((b"one", "carpetas"), (b"one", "victims")):
            add(store, content, dataset)
        return store

    whole = state(once(tmp_path / "whole"))
    for number in range(1, 200):
        folder = tmp_path / f"{number}"
        with monkeypatch.context() as patch:
            calls = die_at(patch, number, after)
            try:
                once(folder)
                survived = True
            except Killed:
                survived = False
        listed = Store(folder).vintages()
        for vintage in listed:
            Store(folder).verified(vintage.sha256)
        # Running again finishes the work, and what had been listed still is.
        store = once(folder)
        assert store.vintages()[: len(listed)] == listed
        assert state(store) == whole
        if survived and calls["left"] > 0:
            break
    assert number > 20
