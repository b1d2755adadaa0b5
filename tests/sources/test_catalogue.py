"""The newest file of a dataset, and what stands in where the catalogue fails."""

import pytest

from evaluation.sources.catalogue import Dataset, file_name, find_newest, newest, period_of_name
from evaluation.study.errors import InputError

WANTED = Dataset(
    "carpetas", "carpetas-fgj", "48fc", "carpetasFGJ_acumulado", "http://d/f_2025_01.csv"
)


def entry(name, modified=None, created="2020-01-01", size=None):
    return {"url": f"http://p/{name}", "last_modified": modified, "created": created, "size": size}


def answers(**replies):
    """Reply to `package_show` and `resource_show`; an `InputError` is raised."""
    asked = []

    def ask(url, parameters):
        action = url.rpartition("/")[2]
        asked.append((action, parameters["id"]))
        reply = replies.get(action, InputError(url, "no answer", "one", "Wait."))
        if isinstance(reply, InputError):
            raise reply
        return reply

    return ask, asked


def package(*entries):
    return {"success": True, "result": {"resources": list(entries)}}


def test_the_newest_is_the_latest_month_in_the_name_then_the_date():
    files = [
        entry("carpetasFGJ_acumulado_2024_09.csv", "2025-06-01"),  # uploaded again, still older
        entry("carpetasFGJ_acumulado_2025_01.csv", "2025-02-10"),
        entry("diccionario_carpetasFGJ_2025_12.csv", "2025-12-01"),
        entry("carpetasFGJ_acumulado_2025_01.zip", "2025-02-09", size=17),
    ]
    assert newest(files, WANTED, "p").file == "carpetasFGJ_acumulado_2025_01.csv"
    assert newest(files[3:], WANTED, "p").bytes == 17
    plain = Dataset("quadrants_2023", file="cuadrantes")
    dated = [entry("cuadrantes.zip", "2021-01-01"), entry("Cuadrantes_b.zip", None, "2023-01-01")]
    assert newest(dated, plain, "p").file == "Cuadrantes_b.zip"


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("carpetasFGJ_acumulado_2025_01.csv", "2025-01"),
        ("carpetas_completa_junio_2021.csv", "2021-06"),
        ("carpetasFGJ_2016.csv", ""),
        ("puntos_2019_2024.csv", ""),
        ("victimas-2024-12-2025-03.csv", "2025-03"),
    ],
)
def test_the_month_of_a_name(name, month):
    assert period_of_name(name) == month


def test_the_catalogue_is_followed_without_a_note():
    ask, asked = answers(package_show=package(entry("carpetasFGJ_acumulado_2025_03.csv")))
    found = find_newest("http://portal/", WANTED, ask)
    assert (found.file, found.note) == ("carpetasFGJ_acumulado_2025_03.csv", "")
    assert asked == [("package_show", "carpetas-fgj")]


@pytest.mark.parametrize(
    "bad",
    [
        {"success": False},
        {"success": True, "result": {}},
        {"success": True, "result": []},
        ["nothing"],
        package(entry("other.csv"), {"url": None}, "text"),
    ],
)
def test_the_resource_then_the_address_stand_in_and_say_so(bad):
    single = {"success": True, "result": entry("carpetasFGJ_acumulado_2025_02.csv")}
    found = find_newest("http://p", WANTED, answers(package_show=bad, resource_show=single)[0])
    assert found.file == "carpetasFGJ_acumulado_2025_02.csv"
    assert "the resource itself was asked for" in found.note
    found = find_newest("http://p", WANTED, answers(package_show=bad)[0])
    assert found.url == WANTED.url and "configured address" in found.note
    assert "no answer" in found.note


def test_nothing_left_says_all_that_was_tried():
    bare = Dataset("carpetas", "carpetas-fgj", "48fc", "carpetasFGJ")
    with pytest.raises(InputError, match="package_show.*resource_show.*Give `url`"):
        find_newest("http://p", bare, answers()[0])
    with pytest.raises(InputError, match=r"no file of \['x.csv'\] begins with 'carpetasFGJ'"):
        newest([entry("x.csv")], bare, "p")


def test_file_names_of_addresses():
    assert file_name("https://a/b/carpetas%20FGJ.csv?x=1") == "carpetas FGJ.csv"
    assert file_name("carpetas.csv") == "carpetas.csv"
