"""From a portal or a folder to stored vintages and a plan of what counts what."""

import gzip
import io
import random
import zipfile

import pytest

from evaluation.simulate.city import City
from evaluation.simulate.incidents import Scenario, simulate, simulate_city
from evaluation.sources.columns import read_column_maps
from evaluation.sources.download import Patience
from evaluation.sources.plan import check_map, parse_source, stem
from evaluation.sources.pull import pull
from evaluation.sources.vintages import Store
from evaluation.study.errors import InputError
from tests.conftest import FORKS
from tests.sources.portal import File, serve

NOW = "2025-02-03T04:05:06Z"
QUICK = Patience(attempts=3, backoff=0.01, connect=2.0, read=2.0)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A simulated city's folder: incidents of 2019-2020, maps, totals."""
    folder = tmp_path_factory.mktemp("city")
    simulate_city(Scenario(4000, first="2019-01", last="2020-12", cut="2021-01-31"), folder)
    return folder


@pytest.fixture(scope="module")
def csv(city):
    return gzip.decompress((city / "fgj" / "carpetas.csv.gz").read_bytes())


@pytest.fixture
def portal():
    with serve() as portal:
        yield portal


def from_portal(portal, store, **further):
    return parse_source(
        {
            "from": "portal",
            "store": str(store),
            "portal": portal.address,
            "datasets": {
                "carpetas": {
                    "dataset": "fgj",
                    "file": "carpetasFGJ",
                    "url": portal.url("direct.csv"),
                },
                "victims": {"dataset": "victims", "file": "victimasFGJ"},
            },
            **further,
        }
    )


def from_folder(folder, store, **further):
    return parse_source({"from": "files", "folder": str(folder), "store": str(store), **further})


CITY = {
    "files": ["fgj/*"],
    "quadrants_2023": "sectors/cuadrantes_2023.gpkg",
    "quadrants_2016": "sectors/cuadrantes_2016.gpkg",
    "totals": "reference/sesnsp_cdmx_victims_month.csv",
}


def test_the_portals_newest_file_becomes_a_vintage(portal, csv, tmp_path):
    portal.files["carpetasFGJ_2020_01.csv"] = File(b"older")
    portal.files["carpetasFGJ_2021_01.csv"] = File(csv, faults=["503", "503", "break"])
    portal.list_package("fgj", "carpetasFGJ_2020_01.csv", "carpetasFGJ_2021_01.csv")
    said = []
    files = pull(from_portal(portal, tmp_path), NOW, patience=QUICK, say=said.append)
    row = files.iloc[0]
    assert len(files) == 1 and row["name"] == "carpetasFGJ_2021_01"
    assert row[["kind", "schema", "counts"]].tolist() == ["incidents", "carpetas acumulado", "*"]
    assert (row["first"], row["last"]) == (row["first_month"], row["last_month"])
    # January 2021 holds only what was opened late.
    assert row["first"] == "2019-01" and row["last"] == "2020-12"
    assert Store(tmp_path).verified(row["sha256"]).read_bytes() == csv
    assert "fgj" not in said[0] or "since" not in said[0]
    # The same release again: nothing new, nothing twice.
    pull(from_portal(portal, tmp_path), "2025-03-03T04:05:06Z", patience=QUICK)
    assert [v.retrieved_at for v in Store(tmp_path).vintages()] == [NOW]
    # The office rewrites its past: a second vintage.
    portal.files["carpetasFGJ_2021_01.csv"] = File(csv[: csv.rindex(b"\n", 0, -1) + 1], etag='"2"')
    pull(from_portal(portal, tmp_path), "2025-04-03T04:05:06Z", patience=QUICK)
    rows = [vintage.rows for vintage in Store(tmp_path).vintages()]
    assert len(rows) == 2 and rows[0] == rows[1] + 1
    assert list((tmp_path / "arriving").iterdir()) == []


def test_a_silent_catalogue_means_the_configured_address_and_says_so(portal, csv, tmp_path):
    portal.files["direct.csv"], said = File(csv), []
    files = pull(from_portal(portal, tmp_path), NOW, patience=QUICK, say=said.append)
    assert files.iloc[0]["url"] == portal.url("direct.csv")
    assert "the configured address was taken, since" in said[0] and "404" in said[0]


def zipped(**members):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("spoil", "always", "message"),
    [
        (lambda csv: csv, "html", "web page instead of the file"),
        (lambda csv: csv, "long", "broke off 3 times"),
        (lambda csv: csv, "short", "the last line is not ended"),
        (lambda csv: csv[: len(csv) // 2], "", "the last line is not ended"),
        (lambda csv: csv.rpartition(b",")[0] + b"\n", "", "cannot be read to its end"),
        (lambda csv: gzip.compress(csv)[:-20], "", "cannot be read to its end"),
        (lambda csv: zipped(a=csv, b=csv), "", "a zip of 2 files"),
        (lambda csv: zipped(a=csv)[:-30], "", "cannot be read to its end"),
        (lambda csv: csv.decode().encode("latin-1"), "", "is not UTF-8"),
        (lambda csv: csv.decode().encode("utf-16"), "", "UTF-8|unknown header|not ended"),
        (lambda csv: csv.replace(b"fecha_hecho", b"fecha_del_hecho"), "", r"\['fecha_hecho'\]"),
        (lambda csv: csv[: csv.index(b"\n") + 1], "", "no rows after the header"),
        (lambda csv: b"\n", "", "the file is empty"),
    ],
)
def test_what_is_not_a_whole_official_file_leaves_the_store_untouched(
    portal, csv, tmp_path, spoil, always, message
):
    store = Store(tmp_path / "store")
    portal.files["direct.csv"] = File(csv)
    pull(from_portal(portal, store.folder), NOW, patience=QUICK)
    before = store.table.read_bytes(), sorted(store.raw.iterdir())
    portal.files["direct.csv"] = File(spoil(csv), always=always, etag="")
    with pytest.raises(InputError, match=message) as error:
        pull(from_portal(portal, store.folder), NOW, patience=QUICK)
    assert error.value.where.startswith(portal.url("direct.csv"))
    assert (store.table.read_bytes(), sorted(store.raw.iterdir())) == before
    left = {path.suffix for path in store.arriving.iterdir()}
    assert left <= ({".part", ".json"} if always == "long" else set())
    portal.files["direct.csv"] = File(csv)
    pull(from_portal(portal, store.folder), NOW, patience=QUICK)
    assert len(store.vintages()) == 1


def test_a_folder_gives_incidents_maps_and_totals(city, tmp_path):
    files = pull(from_folder(city, tmp_path, **CITY), NOW).set_index("name")
    assert files["kind"].to_dict() == {
        "carpetas": "incidents",
        "cuadrantes_2016": "quadrants_2016",
        "cuadrantes_2023": "quadrants_2023",
        "sesnsp_cdmx_victims_month": "totals",
        "victimas": "set aside",
    }
    assert files.loc["cuadrantes_2023", "rows"] == len(City(1).quadrants(2023))
    victims = pull(from_folder(city, tmp_path, **CITY, counting="victims"), NOW).set_index("name")
    assert victims["kind"][["carpetas", "victimas"]].tolist() == ["set aside", "incidents"]
    assert len(Store(tmp_path).vintages()) == 5


def test_every_container_gives_the_same_plan(city, csv, tmp_path):
    plans = []
    for name in ("a.csv", "a.csv.gz", "a.zip", "a.parquet"):
        folder = tmp_path / stem(name) / name
        folder.mkdir(parents=True)
        simulate(
            Scenario(500, first="2019-01", last="2019-06"), "carpetas acumulado", folder / name
        )
        files = pull(from_folder(folder, tmp_path / "store"), NOW)
        plans.append(files.drop(columns=["url", "sha256", "bytes"]).to_dict("records"))
    assert all(plan == plans[0] for plan in plans)
    assert len({v.sha256 for v in Store(tmp_path / "store").vintages()}) == 4


def months(folder, name, first, last):
    cut = f"{last}-28"
    simulate(Scenario(900, first=first, last=last, cut=cut), "carpetas acumulado", folder / name)


def test_files_that_follow_one_another_are_one_spell_and_a_gap_parts_them(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name, first, last in [
        ("a.csv", "2019-01", "2019-03"),
        ("b.csv", "2019-04", "2019-06"),
        ("c.csv", "2019-09", "2019-12"),
    ]:
        months(folder, name, first, last)
    files = pull(from_folder(folder, tmp_path / "s"), NOW).set_index("name")
    assert files[["first", "last"]].agg("..".join, axis=1).to_dict() == {
        **{"a": "2019-01..2019-06", "b": "2019-01..2019-06", "c": "2019-09..2019-12"}
    }
    months(folder, "d.csv", "2019-02", "2019-02")
    with pytest.raises(InputError, match="files a and d: both hold 2019-02"):
        pull(from_folder(folder, tmp_path / "s"), NOW)
    counted = {n: {"counts": "*", "first": "2019-01", "last": "2019-06"} for n in "abc"}
    with pytest.raises(InputError, match=r"files \['d'\] are there but not declared"):
        pull(from_folder(folder, tmp_path / "s", counted=counted), NOW)
    counted["d"] = {**counted["a"], "counts": "", "cut": "2019-12-31"}
    files = pull(from_folder(folder, tmp_path / "s", counted=counted), NOW).set_index("name")
    assert files.loc["d", ["counts", "cut"]].tolist() == ["", "2019-12-31"]


def test_what_the_folder_lacks_is_said(city, tmp_path):
    for further, message in [
        ({"folder": str(tmp_path / "none")}, "no such folder"),
        ({"totals": "none.csv"}, "key source.totals: no such file"),
        ({"files": ["*.none"]}, "no file of incidents"),
        ({"files": ["fgj/v*"]}, "no file counts carpetas"),
        ({"quadrants_2023": "reference/sesnsp_cdmx_victims_month.csv"}, "polygons"),
        ({"totals": "fgj/carpetas.csv.gz"}, "carpetas.csv.gz"),
    ]:
        block = {"from": "files", "folder": str(city), "store": str(tmp_path / "s"), **CITY}
        with pytest.raises(InputError, match=message):
            pull(parse_source({**block, **further}), NOW)


def test_the_frozen_map_must_be_given_or_asked_for(city, tmp_path):
    check_map(from_folder(city, tmp_path, **CITY))
    check_map(from_folder(city, tmp_path, **CITY, map=2016))
    with pytest.raises(InputError, match="key source.quadrants_2023: .* neither given nor asked"):
        check_map(from_folder(city, tmp_path))


MAP = """
columns:
  {occurred_on: FECHA, opened_on: ALTA, delito: TIPO, longitude: X, latitude: Y}
date_format: "%d/%m/%Y"
delimiter: ";"
counting_rule: carpetas
"""


def test_a_layout_of_the_users_own_is_pulled_with_its_column_map(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    lines = ["FECHA;ALTA;TIPO;X;Y"]
    lines += [f"{day:02d}/03/2024;{day:02d}/04/2024;FRAUDE;-99.1;19.4" for day in range(1, 29)]
    (folder / "own.csv").write_text("\n".join(lines))
    (tmp_path / "own_map.yaml").write_text(MAP)
    maps = read_column_maps([tmp_path / "own_map.yaml"])
    with pytest.raises(InputError, match="unknown header"):
        pull(from_folder(folder, tmp_path / "s"), NOW)
    row = pull(from_folder(folder, tmp_path / "s"), NOW, maps).iloc[0]
    assert row[["schema", "rows", "first", "last"]].tolist() == [
        *("own_map", 28, "2024-04", "2024-04")
    ]


def mortal_pull(store, address, ready):
    """A pull that says when it begins."""
    datasets = {
        "carpetas": {"dataset": "fgj", "file": "carpetasFGJ"},
        "quadrants_2023": {"dataset": "maps", "file": "cuadrantes_2023"},
    }
    block = {"from": "portal", "store": str(store), "portal": address, "datasets": datasets}
    source = parse_source(block)
    ready.send("ready")
    pull(source, "2025-02-03T04:05:06Z", patience=Patience(3, 0.01, 2.0, 2.0))


def killed_pulls(portal, store, kills, seed):
    """Kill the pull at random moments, look at the store each time, then let it finish."""
    generator, died = random.Random(seed), 0
    for attempt in range(kills + 1):
        listening, ready = FORKS.Pipe(duplex=False)
        child = FORKS.Process(target=mortal_pull, args=(store, portal.address, ready))
        child.start()
        ready.close()
        assert listening.recv() == "ready"
        child.join(generator.uniform(0.02, 0.5) if attempt < kills else 60)
        if child.exitcode is None:
            child.kill()
            child.join()
            died += 1
        listening.close()
        for vintage in Store(store).vintages():
            Store(store).verified(vintage.sha256)
    assert child.exitcode == 0
    return died


@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_killed_at_random_moments_the_store_ends_the_same(portal, city, csv, tmp_path, kills):
    for name, content in (
        ("carpetasFGJ_2021_01.csv", csv),
        ("cuadrantes_2023.gpkg", (city / "sectors" / "cuadrantes_2023.gpkg").read_bytes()),
    ):
        portal.files[name] = File(content)
    portal.list_package("fgj", "carpetasFGJ_2021_01.csv")
    portal.list_package("maps", "cuadrantes_2023.gpkg")
    killed_pulls(portal, tmp_path / "whole", kills=0, seed=0)
    for file in portal.files.values():
        file.pause = 0.005
    assert killed_pulls(portal, tmp_path / "killed", kills, seed=kills) >= min(kills, 2)
    for name in (
        "vintages.csv",
        *(f"raw/{v.sha256}" for v in Store(tmp_path / "whole").vintages()),
    ):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert len(list((tmp_path / "killed" / "raw").iterdir())) == 2
    assert list((tmp_path / "killed" / "arriving").iterdir()) == []
