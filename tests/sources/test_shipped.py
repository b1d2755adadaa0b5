"""The shipped tables honour their contracts, and every bad folder is refused with line and key."""

import shutil
import time
from pathlib import Path

import pytest

from evaluation.sources.shipped import CONTRACTS, read_shipped
from evaluation.sources.shipped_contract import RINGS
from evaluation.study.errors import InputError

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def folder(tmp_path):
    """A valid folder of two sectors, one outcome and two covered months."""
    tables = {
        "sector_month": "sector,month,outcome,count\n"
        "NA,2019-01,homicide,0\nNA,2019-03,homicide,2\n"
        "OASIS,2019-01,homicide,1\nOASIS,2019-03,homicide,0\n",
        "coverage": "outcome,first_month,last_month,gaps,incomplete,source\n"
        "homicide,2019-01,2019-03,2019-02,2019-03,raw\n",
        "sectors": "sector,alcaldia,population_2010,population_2020,area_km2,longitude,latitude,"
        "cuadrantes,overlap_2016\nNA,X,10,12,1.5,-99.1,19.4,1,1\nOASIS,X,10,12,2,-99.2,19.4,1,0\n",
        "neighbours": "sector,neighbour,shared_border_m,distance_m\nNA,OASIS,0,30\nOASIS,NA,0,30\n",
        "rings": "treated,ring,sector,share\nOASIS,0-500,NA,0.5\n",
        "ring_areas": "sector,ring,area_km2,population\n"
        + "".join(f"{sector},{ring},0.5,3\n" for sector in ("NA", "OASIS") for ring in RINGS),
        "ring_quarter": "sector,ring,outcome,quarter,count\n",
        "variants": "variant,sector,outcome,quarter,difference\n",
        "variant_coverage": "variant,outcome,first_month,last_month,gaps,source,without,reason\n"
        "victims,homicide,,,,,,no victims\n",
        "quadrants": "cuadrante,sector,alcaldia,population,longitude,latitude,area_km2\n"
        "C-1,NA,X,12,-99.1,19.4,1.5\nC-2,OASIS,X,12,-99.2,19.4,2\n",
        "city_totals": "month,offence,victims\n2019-01,Homicidio doloso,3\n",
        "data_flow": "source,year,outcome,reason,rows\nraw,2019,homicide,counted,3\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def change(folder, name, old, new):
    path = folder / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_valid_folder_keeps_a_sector_called_NA(folder):
    shipped = read_shipped(folder)
    assert shipped.sector_month["sector"].tolist() == ["NA", "NA", "OASIS", "OASIS"]
    assert shipped.sector_month["count"].sum() == 3
    assert shipped.sectors["area_km2"].tolist() == [1.5, 2.0]


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        (
            "sector_month",
            "2019-03,homicide,2",
            "2019-03,homicide,-2",
            ["line 3, column count", "-2"],
        ),
        ("sector_month", "homicide,2", "homicide,2.5", ["line 3, column count", "'2.5'", "whole"]),
        ("sector_month", "homicide,2", "homicide,", ["line 3, column count", "found ''"]),
        ("sector_month", "homicide,2", "homicide,inf", ["line 3, column count", "'inf'"]),
        ("sector_month", "homicide,2", "homicide,2,7", ["line 3: 5 values", "4, as many as"]),
        (
            "sector_month",
            "OASIS,2019-03,homicide,0\n",
            "",
            ["no row for sector OASIS, month 2019-03, outcome homicide", "1 missing"],
        ),
        (
            "sector_month",
            "OASIS,2019-03,homicide,0",
            "OASIS,2019-01,homicide,1",
            ["line 5", "second row for sector OASIS, month 2019-01, outcome homicide"],
        ),
        (
            "sector_month",
            "OASIS,2019-03",
            "OASSIS,2019-03",
            ["line 5", "'OASSIS' is not in sectors"],
        ),
        ("sector_month", "OASIS,2019-03", "OASIS,2019-02", ["line 5", "month that is not covered"]),
        ("sector_month", "OASIS,2019-03", "OASIS,2019-3", ["line 5, column month", "2019-3"]),
        ("sector_month", "OASIS,2019-03,homicide", "OASIS,2019-03,theft", ["line 5", "theft"]),
        ("sector_month", ",count", ",number", ["missing columns ['count']", "['number']"]),
        (
            "sectors",
            "OASIS,X",
            "ROMA,X,1,2,2,-99,19,3,1\nOASIS,X",
            ["sector_month.csv", "no counts for sector 'ROMA'"],
        ),
        ("coverage", ",2019-02,", ",2019-02..2019-01,", ["column gaps", "2019-02..2019-01"]),
        ("coverage", ",2019-02,", ",feb,", ["column gaps", "'feb'"]),
        ("neighbours", "NA,OASIS,0,30", "NA,ROMA,0,30", ["line 2", "column neighbour", "'ROMA'"]),
        ("sectors", "1.5", "abc", ["line 2, column area_km2", "'abc'"]),
    ],
)
def test_a_bad_table_is_refused_with_its_line(folder, name, old, new, messages):
    change(folder, name, old, new)
    with pytest.raises(InputError) as error:
        read_shipped(folder)
    for message in messages:
        assert message in str(error.value)


@pytest.fixture
def whole(folder):
    """The same two sectors with a quarter covered throughout, its rings and a variant."""
    change(folder, "coverage", "2019-02", "")
    change(folder, "sector_month", "NA,2019-03", "NA,2019-02,homicide,0\nNA,2019-03")
    change(folder, "sector_month", "OASIS,2019-03", "OASIS,2019-02,homicide,0\nOASIS,2019-03")
    with open(folder / "ring_quarter.csv", "a", encoding="utf-8") as file:
        for sector in ("NA", "OASIS"):
            file.writelines(f"{sector},{ring},homicide,2019-01,1\n" for ring in RINGS)
    with open(folder / "variants.csv", "a", encoding="utf-8") as file:
        file.write("placed,NA,homicide,2019-01,-1.5\n")
    with open(folder / "variant_coverage.csv", "a", encoding="utf-8") as file:
        file.write("placed,homicide,2019-01,2019-03,,raw,,\n")
    return folder


def test_rings_and_variants_may_be_given_or_empty(whole):
    shipped = read_shipped(whole)
    assert len(shipped.ring_quarter) == 6 and shipped.variants["difference"].tolist() == [-1.5]
    for name in ("ring_areas", "ring_quarter", "variants", "variant_coverage"):
        header = (whole / f"{name}.csv").read_text(encoding="utf-8").split("\n")[0]
        (whole / f"{name}.csv").write_text(header + "\n", encoding="utf-8")
    shipped = read_shipped(whole)
    assert shipped.variants.empty and shipped.ring_areas.empty


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        ("ring_areas", "OASIS,0-500,0.5,3\n", "", ["no row for sector OASIS, ring 0-500"]),
        ("ring_areas", "OASIS,0-500", "OASIS,0-400", ["line 5, column ring", "0-400"]),
        (
            "ring_quarter",
            "NA,500-1000,homicide,2019-01,1\n",
            "",
            ["no row for sector NA, ring 500-1000, outcome homicide, quarter 2019-01"],
        ),
        ("ring_quarter", "NA,0-500,homicide,2019-01", "NA,0-500,homicide,2019-04", ["2019-04"]),
        ("ring_quarter", "NA,0-500,homicide", "NA,0-500,theft", ["a row for", "theft"]),
        ("variants", "NA,homicide", "ROMA,homicide", ["line 2, column sector", "'ROMA'"]),
        ("variants", "-1.5", "-2.5", ["line 2", "fewer than no events", "placed"]),
        ("variants", "2019-01", "2019-04", ["line 2", "variant_coverage.csv does not cover"]),
        ("variants", "placed", "victims", ["line 2", "variant_coverage.csv does not cover"]),
        ("variants", "-1.5", "0", ["line 2, column difference"]),
        ("variant_coverage", "no victims", "no idea", ["line 2, column reason", "no idea"]),
        ("variant_coverage", "2019-03,,raw", "2019-03,feb,raw", ["variant_coverage.csv", "'feb'"]),
    ],
)
def test_a_bad_table_of_rings_or_variants_is_refused(whole, name, old, new, messages):
    change(whole, name, old, new)
    with pytest.raises(InputError) as error:
        read_shipped(whole)
    for message in messages:
        assert message in str(error.value)


def test_files_that_are_no_tables_are_refused(folder):
    path = folder / "sector_month.csv"
    good = path.read_bytes()
    for content, message in [
        (b"", "the file is empty"),
        (b"\n<!DOCTYPE html>", "an HTML page"),
        (
            good + "PE\u00d1ON,2019-01,homicide,1\n".encode("latin-1"),
            "line 6: the text is not UTF-8",
        ),
    ]:
        path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            read_shipped(folder)
    path.unlink()
    with pytest.raises(InputError, match=r"sector_month\.csv: no such file.*build_data"):
        read_shipped(folder)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(folder):
    path = folder / "sectors.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_shipped(folder).sectors["sector"].tolist() == ["NA", "OASIS"]


def test_the_shipped_folder_is_valid_and_read_in_a_second():
    read_shipped(DATA)
    start = time.process_time()
    shipped = read_shipped(DATA)
    assert time.process_time() - start < 1
    assert len(shipped.sectors) == 72 and len(shipped.quadrants) == 847
    assert set(shipped.coverage["outcome"]) == set(shipped.sector_month["outcome"])
    assert shipped.sectors["population_2020"].sum() == shipped.quadrants["population"].sum()
    assert shipped.sectors.set_index("sector")["population_2020"]["PLATEROS"] == 267_710


def test_a_missing_table_of_any_name_is_named(tmp_path):
    shutil.copytree(DATA, tmp_path / "data")
    for name in CONTRACTS:
        path = tmp_path / "data" / f"{name}.csv"
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(InputError, match=f"{name}.csv: no such file"):
            read_shipped(tmp_path / "data")
        path.write_bytes(content)
