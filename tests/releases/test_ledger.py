"""The ledger: every release as it was, every estimate as it was said, whoever edits or kills."""

import dataclasses
import hashlib
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.releases.accepted import accepted_text
from evaluation.releases.contract import CountHistory, EstimateHistory, Releases
from evaluation.releases.fault import Fault
from evaluation.releases.ledger import Ledger
from evaluation.releases.release import identifier
from evaluation.releases.stored import from_text, read_stored
from evaluation.study.errors import InputError
from evaluation.study.files import parquet_bytes
from tests.conftest import FORKS
from tests.releases import given

MANY = 11


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger" / given.STUDY)


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A ledger of eleven releases, and their identifiers."""
    folder = tmp_path_factory.mktemp("long")
    ledger = Ledger(folder / given.STUDY)
    return ledger, [given.record(ledger, folder, number) for number in range(MANY)]


def contents(ledger):
    """Everything that lies in a ledger, by path."""
    return {
        str(path.relative_to(ledger.folder)): path.read_bytes()
        for path in ledger.folder.rglob("*")
        if path.is_file()
    }


def alike(frame, other):
    return parquet_bytes(frame) == parquet_bytes(other)


def test_a_release_is_named_for_its_last_month_and_the_bytes_of_its_files():
    digest = hashlib.sha256(b"a" * 64 + b"\n" + b"b" * 64).hexdigest()[:8]
    assert identifier("2026-09", ["b" * 64, "a" * 64]) == f"2026-09-{digest}"
    assert identifier("2026-09", ["a" * 64]) != f"2026-09-{digest}"
    for month, files in (("", ["a" * 64]), ("2026-13", ["a" * 64]), ("2026-09", [])):
        with pytest.raises(InputError, match="a month, YYYY-MM, and at least one file"):
            identifier(month, files)


def test_the_name_of_a_file_is_no_part_of_a_release(tmp_path):
    names = [given.release_of(given.write_files(tmp_path, 1, name)) for name in ("one", "two")]
    assert names[0] == names[1]
    assert names[0] != given.release_of(given.write_files(tmp_path, 2, "one"))


def test_without_a_ledger_there_are_no_rows_and_nothing_is_made(ledger):
    assert ledger.releases().empty and list(ledger.releases()) == list(Releases.to_schema().columns)
    assert ledger.estimates().empty and ledger.frozen() is None
    assert all(frame.empty for frame in ledger.history().values())
    assert not ledger.folder.exists()
    with pytest.raises(InputError, match="no release 2020-12-00000000"):
        ledger.panel_at("2020-12-00000000")


def test_a_release_lies_in_the_ledger_as_it_came(ledger, tmp_path):
    files = given.write_files(tmp_path, 0)
    release = given.record(ledger, tmp_path, 0, files=files)
    row = ledger.releases().iloc[0]
    assert (row["number"], row["study"], row["release"]) == (1, given.STUDY, release)
    assert row["retrieved_at"] == given.NOW and row["rows"] == 50 and row["cut"] == "2020-12-20"
    assert row["sha256s"] == f"{0:064x} {'f' * 64}"
    assert row["last_complete_month"] == "2020-11"
    assert ledger.files_of(release) == files.read_bytes()
    assert alike(ledger.panel_at(release), given.panel(0))
    tables = ledger.tables_at(release)
    assert alike(tables["sectors"], given.sectors())
    assert alike(tables["neighbours"], given.neighbours())
    assert tables["sectors"].equals(given.sectors())  # to the last bit, not to twelve digits


def test_a_release_recorded_again_changes_nothing(ledger, tmp_path):
    release = given.record(ledger, tmp_path, 0)
    before = contents(ledger)
    renamed = given.write_files(tmp_path, 0, "another_name")
    shuffled = given.panel(0).sample(frac=1, random_state=1)
    backwards = given.sectors().iloc[::-1]
    for changes in ({}, {"files": renamed}, {"panel": shuffled}, {"sectors": backwards}):
        assert given.record(ledger, tmp_path, 0, **changes) == release
        assert contents(ledger) == before


@pytest.mark.parametrize("what", ["panel", "sectors", "neighbours"])
def test_the_same_release_with_other_content_is_refused(ledger, tmp_path, what):
    given.record(ledger, tmp_path, 0)
    before = contents(ledger)
    changed = {
        "panel": lambda: given.panel(1).query("month <= '2020-12'"),
        "sectors": lambda: given.sectors().assign(area_km2=1.0),
        "neighbours": lambda: given.neighbours(distance=30),
    }
    with pytest.raises(InputError, match=f"another {what} .* than was recorded"):
        given.record(ledger, tmp_path, 0, **{what: changed[what]()})
    assert contents(ledger) == before


def test_files_of_another_release_are_refused(ledger, tmp_path):
    files = given.write_files(tmp_path, 3)
    tables = given.panel(0), given.sectors(), given.neighbours()
    with pytest.raises(InputError, match="files-carpetas-3.csv.*the release 2020-12-0"):
        ledger.record("2020-12-00000000", files, *tables, retrieved_at=given.NOW)
    assert ledger.releases().empty


def test_every_release_is_there_after_ten_more(long):
    ledger, names = long
    assert list(ledger.releases()["release"]) == names
    for number, release in enumerate(names):
        assert alike(ledger.panel_at(release), given.panel(number)), release
    # Each has what came, what was revised, and what the next took back: not the whole panel.
    rows = ledger.history()["count_history"]["since"].value_counts()
    assert rows[names[0]] == len(given.panel(0))
    assert rows[names[1:]].max() < len(given.panel(0))


def test_cells_that_go_back_to_an_older_value_have_a_row_for_it(ledger, tmp_path):
    first, second = given.panel(0), given.panel(0)
    cell = (second["sector"] == "PILOT") & (second["outcome"] == "homicide")
    cell &= second["month"] == "2020-05"
    second.loc[cell, "count"] += 4
    names = [
        given.record(ledger, tmp_path, number, panel=panel)
        for number, panel in enumerate((first, second, first, second))
    ]
    own = ledger.history()["count_history"].query("sector == 'PILOT' & outcome == 'homicide'")
    own = own[own["month"] == "2020-05"]
    assert list(own["since"]) == names
    assert list(own["count"].diff().dropna()) == [4, -4, 4]
    for release, panel in zip(names, (first, second, first, second), strict=True):
        assert alike(ledger.panel_at(release), panel)


def test_cells_that_go_or_lose_their_coverage_are_as_they_were(ledger, tmp_path):
    whole = given.panel(2)
    shorter = whole[whole["month"] < "2020-10"].reset_index(drop=True)
    uncovered = whole.copy()
    lost = (uncovered["outcome"] == "homicide") & (uncovered["month"] == "2020-04")
    uncovered.loc[lost, ["covered", "complete"]] = False
    uncovered.loc[lost, "count"] = pd.NA
    panels = (whole, shorter, uncovered, whole)
    names = [given.record(ledger, tmp_path, n, panel=panel) for n, panel in enumerate(panels)]
    for release, panel in zip(names, panels, strict=True):
        assert alike(ledger.panel_at(release), panel)


def test_sectors_and_neighbours_are_kept_whole_at_each_change(ledger, tmp_path):
    grown = given.sectors(120_000)
    names = [
        given.record(ledger, tmp_path, 0),
        given.record(ledger, tmp_path, 1, panel=given.panel(1, grown), sectors=grown),
        given.record(ledger, tmp_path, 2, neighbours=given.neighbours(30)),
    ]
    assert ledger.tables_at(names[1])["sectors"].equals(grown)
    assert ledger.tables_at(names[2])["sectors"].equals(given.sectors())
    assert alike(ledger.panel_at(names[1]), given.panel(1, grown))
    history = ledger.history()
    assert list(history["sector_history"]["since"].unique()) == names
    assert list(history["neighbour_history"]["since"].unique()) == [names[0], names[2]]
    assert len(list((ledger.folder / "tables").iterdir())) == 4


def test_inhabitants_that_are_not_those_of_the_sectors_are_refused(ledger, tmp_path):
    with pytest.raises(InputError, match="inhabitants or days that are not those of its sectors"):
        given.record(ledger, tmp_path, 0, sectors=given.sectors(5))
    assert ledger.releases().empty


def test_estimates_are_added_and_never_changed(ledger, tmp_path):
    release = given.record(ledger, tmp_path, 0)
    assert ledger.record_estimates(release, given.estimates()) == 2
    before = contents(ledger)
    assert ledger.record_estimates(release, given.estimates()) == 0
    assert contents(ledger) == before
    for changes in ({"code": "e" * 12}, {"lane": "exploratory"}, {"specification_hash": "1" * 12}):
        assert ledger.record_estimates(release, given.estimates(-0.2, **changes)) == 2
    monitored = given.estimates(lane="monitoring").assign(look=4)
    assert ledger.record_estimates(release, monitored) == 2
    table = ledger.estimates()
    assert list(table["entry"]) == list(range(1, 11))
    assert list(table["log_rate_ratio"]) == [-0.3] * 2 + [-0.2] * 6 + [-0.3] * 2
    assert list(table["look"].dropna()) == [4, 4]
    assert table["ci_low"].eq(-np.inf).all()
    assert table["ci_high"].iloc[0] == float(f"{-0.3 + 1 / 3:.12g}")
    lines = before["estimates.csv"]
    assert contents(ledger)["estimates.csv"].startswith(lines)


def test_the_same_code_must_say_the_same(ledger, tmp_path):
    release = given.record(ledger, tmp_path, 0)
    ledger.record_estimates(release, given.estimates())
    ledger.record_estimates(release, given.estimates(-0.3 * (1 + 1e-12)))  # another machine
    with pytest.raises(
        InputError, match=r"homicide\|did\|A\|quarter.*: counterfactual .*, recorded as "
    ):
        ledger.record_estimates(release, given.estimates(-0.31))
    with pytest.raises(InputError, match="study 'other'"):
        ledger.record_estimates(release, given.estimates(study="other"))
    with pytest.raises(InputError, match="missing columns .*window"):
        ledger.record_estimates(release, given.estimates().drop(columns="window"))
    with pytest.raises(InputError, match="no release"):
        ledger.record_estimates("2020-12-00000000", given.estimates())
    assert len(ledger.estimates()) == 2


def test_what_had_been_said_before_a_release_stays_what_it_was(ledger, tmp_path):
    names = [given.record(ledger, tmp_path, number) for number in range(3)]
    ledger.record_estimates(names[0], given.estimates(-0.1))
    assert list(ledger.estimates(names[1])["log_rate_ratio"]) == [-0.1, -0.1]
    ledger.record_estimates(names[0], given.estimates(-0.15, code="e" * 12))
    ledger.record_estimates(names[1], given.estimates(-0.2))
    before = ledger.history(names[1])
    assert list(before["estimate_history"]["log_rate_ratio"]) == [-0.1] * 2 + [-0.15] * 2
    # Later releases, and older ones estimated again, change nothing of it.
    ledger.record_estimates(names[2], given.estimates(-0.3))
    ledger.record_estimates(names[0], given.estimates(-0.17, code="f" * 12))
    ledger.record_estimates(names[1], given.estimates(-0.27, code="f" * 12))
    after = ledger.history(names[1])
    assert all(alike(before[name], after[name]) for name in before)
    assert list(after["release_history"]["release"]) == names[:2]
    assert set(after["count_history"]["since"]) == set(names[:2])
    assert len(ledger.estimates(names[2])) == 6
    assert ledger.estimates(names[0]).empty


def test_accepted_faults_are_in_the_history_from_their_release_on(ledger, tmp_path):
    one = Fault("low month", "a.csv", "2020-03 has 3", "as many as around it", "Look.")
    text = accepted_text("the office\nwrote", [one, dataclasses.replace(one, file="b.csv")])
    given.record(ledger, tmp_path, 0)
    second = given.record(ledger, tmp_path, 1, accepted=text)
    given.record(ledger, tmp_path, 2)
    rows = ledger.history()["accepted_faults"]
    assert list(rows.itertuples(index=False, name=None)) == [
        (second, "the office wrote", "a.csv: 2020-03 has 3"),
        (second, "the office wrote", "b.csv: 2020-03 has 3"),
    ]
    assert ledger.history(ledger.releases()["release"][0])["accepted_faults"].empty


def test_results_may_be_deleted(ledger, tmp_path):
    release = given.record(ledger, tmp_path, 0)
    run = given.write_run(tmp_path / "results")
    ledger.record_estimates(release, pd.read_parquet(run / "estimates.parquet"))
    ledger.freeze(run, release)
    kept = {path.name: path.read_bytes() for path in run.iterdir()}
    shutil.rmtree(run)
    again = Ledger(ledger.folder)
    assert alike(again.panel_at(release), given.panel(0)) and len(again.estimates()) == 2
    assert again.frozen().release == release
    for name, content in kept.items():
        path = again.folder / "frozen" / name
        assert path.read_bytes() == content and path.stat().st_mode & 0o222 == 0


def test_one_freeze_and_no_other(ledger, tmp_path):
    names = [given.record(ledger, tmp_path, number) for number in range(2)]
    run = given.write_run(tmp_path / "results")
    made = ledger.freeze(run, names[0])
    before = contents(ledger)
    (run / "manifest.json").write_text((run / "manifest.json").read_text() + "\n")  # run again
    assert ledger.freeze(run, names[0]) == made and contents(ledger) == before
    other = given.write_run(tmp_path / "other", effect=-0.2)
    for folder, release in ((other, names[0]), (run, names[1])):
        with pytest.raises(InputError, match=f"the run on {names[0]} is frozen"):
            ledger.freeze(folder, release)
    assert contents(ledger) == before


@pytest.mark.parametrize("lacking", ["estimates.csv", "manifest.json", "report.en.html"])
def test_an_unfinished_run_is_not_frozen(ledger, tmp_path, lacking):
    release = given.record(ledger, tmp_path, 0)
    run = given.write_run(tmp_path / "results")
    for path in run.glob(lacking.replace(".en.", ".*.")):
        path.unlink()
    with pytest.raises(InputError, match="no such file. Expected a finished run"):
        ledger.freeze(run, release)
    with pytest.raises(InputError, match="study 'else'"):
        ledger.freeze(given.write_run(tmp_path / "else", study="else"), release)
    assert ledger.frozen() is None


def test_a_changed_frozen_file_is_noticed(ledger, tmp_path):
    release = given.record(ledger, tmp_path, 0)
    ledger.freeze(given.write_run(tmp_path / "results"), release)
    path = ledger.folder / "frozen" / "estimates.csv"
    path.chmod(0o644)
    path.write_text("other")
    with pytest.raises(InputError, match="frozen/estimates.csv: not what was written"):
        ledger.frozen()
    path.unlink()
    with pytest.raises(InputError, match="frozen/estimates.csv: no such file"):
        ledger.frozen()


def edited(name, old, new):
    def edit(folder):
        path = next(folder.glob(name))
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return edit


def truncated(folder):
    path = folder / "counts.parquet"
    path.write_bytes(path.read_bytes()[:-100])


def one_count_more(folder):
    path = folder / "counts.parquet"
    table = pd.read_parquet(path)
    table.loc[7, "count"] += 1
    table.to_parquet(path)


def without(name):
    def edit(folder):
        path = next(folder.glob(name))
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return edit


def without_its_last_line(name):
    def edit(folder):
        path = folder / name
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))

    return edit


EDITED = "not what was written"
DAMAGE = {
    "no releases": (without("releases.csv"), "releases.csv: no such file"),
    "a release less": (without_its_last_line("releases.csv"), f"releases.csv: {EDITED}"),
    "a month edited": (edited("releases.csv", "2020-11", "2020-10"), f"releases.csv: {EDITED}"),
    "no counts": (without("counts.parquet"), "counts.parquet: no such file"),
    "counts cut": (truncated, f"counts.parquet: {EDITED}"),
    "counts edited": (one_count_more, f"counts.parquet: {EDITED}"),
    "no estimates": (without("estimates.csv"), "estimates.csv: no such file"),
    "an estimate less": (without_its_last_line("estimates.csv"), f"estimates.csv: {EDITED}"),
    "an estimate edited": (edited("estimates.csv", ",-0.3,", ",-0.4,"), f"estimates.csv: {EDITED}"),
    "no files": (without("files"), "files/.*csv: no such file"),
    "files edited": (edited("files/2020*.csv", "50", "51"), f"files/2020.*csv: {EDITED}"),
    "no sectors": (without("tables/*-sectors.csv"), "sectors.csv: no such file"),
    "sectors edited": (edited("tables/*-sectors.csv", ",90000,", ",90001,"), f"csv: {EDITED}"),
    "no digests": (without("digests.json"), "digests.json: no such file, next to"),
    "digests edited": (edited("digests.json", "{", "["), "digests.json: no list of digests"),
    "a digest edited": (edited("digests.json", '"releases.csv": "', '"releases.csv": "0'), EDITED),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_ledger_is_one_clear_message(ledger, tmp_path, what):
    names = [given.record(ledger, tmp_path, number) for number in range(2)]
    ledger.record_estimates(names[0], given.estimates())
    damage, message = DAMAGE[what]
    damage(ledger.folder)
    with pytest.raises(InputError, match=message) as error:
        ledger.files_of(names[0])
        ledger.panel_at(names[0])
        ledger.history()
    assert str(ledger.folder) in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("number,", "number,note,", r"line 1: unknown columns \['note'\]"),
        (",50,", ",x,", "line 2, column rows: found 'x'. Expected a whole number"),
        (",50,", ",,", "line 2, column rows: an empty cell"),
        ("2020-11", "2020-13", "line 2, column last_complete_month: found 2020-13"),
    ],
)
def test_a_stored_table_off_its_contract_is_named_with_its_line(
    ledger, tmp_path, old, new, message
):
    given.record(ledger, tmp_path, 0)
    edited("releases.csv", old, new)(ledger.folder)
    with pytest.raises(InputError, match=message):
        from_text(ledger.folder / "releases.csv", Releases)


def test_a_parquet_that_is_none_or_anothers_is_refused(ledger, tmp_path):
    given.record(ledger, tmp_path, 0)
    path = ledger.folder / "counts.parquet"
    truncated(ledger.folder)
    with pytest.raises(InputError, match="counts.parquet: not a whole parquet"):
        read_stored(path, CountHistory)
    given.panel(0).to_parquet(path)
    with pytest.raises(InputError, match=r"missing columns \['since', 'held'\]"):
        read_stored(path, CountHistory)
    with pytest.raises(InputError, match="no such file"):
        read_stored(path.with_name("none.parquet"), CountHistory)


def test_the_ledger_of_another_study_is_refused(ledger, tmp_path):
    given.record(ledger, tmp_path, 0)
    moved = ledger.folder.with_name("big")
    shutil.copytree(ledger.folder, moved)
    with pytest.raises(InputError, match="the ledger of 'little'. Expected that of 'big'"):
        Ledger(moved).releases()


def work(folder: Path, scratch: Path) -> None:
    """Two releases, what was said of them, and a freeze; as often as one likes."""
    ledger = Ledger(folder)
    for number in range(2):
        files = scratch / f"files-carpetas-{number}.csv"
        release = given.record(ledger, scratch, number, files=files)
    ledger.record_estimates(release, given.estimates())
    ledger.freeze(scratch / "results", release)


STEPS = ("fsync", "rename", "replace", "mkdir", "rmdir", "chmod", "unlink")


def killed_work(folder: Path, scratch: Path, number: int, moment: str) -> None:
    """The work, killed before or after the given change of the disk, or half through a write."""
    left = [number]

    def mortal(step, is_write=False):
        def run(*arguments, **named):
            left[0] -= 1
            if left[0] == 0 and moment != "after":
                if is_write:
                    path, text = arguments
                    step(path, text[: len(text) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return step(*arguments, **named)
            finally:
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        return run

    for name in STEPS:
        setattr(os, name, mortal(getattr(os, name)))
    Path.write_bytes = mortal(Path.write_bytes, is_write=True)
    work(folder, scratch)
    (scratch / f"{folder.parent.name}.left").write_text(str(number - left[0]))


def in_a_process(*arguments):
    process = FORKS.Process(target=killed_work, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode is not None, "it hangs"
    return process.exitcode


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory):
    """The ledger that work leaves which is not killed, and how many changes of the disk it made."""
    scratch = tmp_path_factory.mktemp("unharmed")
    given.write_run(scratch / "results")
    for number in range(2):
        given.write_files(scratch, number)
    folder = scratch / "whole" / given.STUDY
    folder.parent.mkdir()
    assert in_a_process(folder, scratch, 100_000, "before") == 0
    return contents(Ledger(folder)), int((scratch / "whole.left").read_text()), scratch


def moments(count: int, quick: int = 10) -> list:
    """Moments, as shares of the work, from its begin to its end; a few of them for every day."""
    generator = np.random.default_rng(12)
    parts = (np.arange(count) + generator.uniform(0, 1, count)) / count
    sides = generator.choice(["before", "after"], count)
    return [
        pytest.param(float(part), str(side), marks=[pytest.mark.slow] * bool(i % (count // quick)))
        for i, (part, side) in enumerate(zip(parts, sides, strict=True))
    ]


@pytest.mark.parametrize(("part", "moment"), moments(50))
def test_killed_at_fifty_moments_the_ledger_is_the_same(tmp_path, unharmed, part, moment):
    whole, steps, scratch = unharmed
    folder = tmp_path / given.STUDY
    number = 1 + int(part * steps)
    assert in_a_process(folder, scratch, number, moment) == -signal.SIGKILL
    read = Ledger(folder)
    listed = read.releases()
    for number, release in enumerate(listed["release"]):
        assert alike(read.panel_at(release), given.panel(number))
    said = read.estimates()
    work(folder, scratch)
    assert contents(read) == whole
    assert read.releases().iloc[: len(listed)].equals(listed)
    assert read.estimates().iloc[: len(said)].equals(said)
    assert not (folder / "arriving").exists() and not (folder / "arrived").exists()


def test_the_work_changes_the_disk_often_enough_to_be_killed_at_fifty_moments(unharmed):
    assert unharmed[1] >= 50


def test_an_empty_history_has_its_columns(ledger):
    history = ledger.history()["estimate_history"]
    assert list(history) == list(EstimateHistory.to_schema().columns)
