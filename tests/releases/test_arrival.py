"""The gate on arrival: planted faults are stopped with their own message, honest releases pass."""

import random
from dataclasses import replace

import numpy as np
import pytest

from evaluation.releases.arrival import Held, faults, refuse
from evaluation.releases.chance import revised_too_far, share_moved, vanished
from evaluation.releases.fault import Fault
from evaluation.releases.file_checks import pairs_of
from evaluation.simulate.city import COLUMNS, SECTORS, SIDE, WEST_SOUTH, write_maps
from evaluation.simulate.incidents import Scenario
from evaluation.study.errors import InputError
from tests.releases.arriving import Lines, arrive, lines_of, named, sequence

CITY = Scenario(60_000, seed=5, first="2017-01", last="2020-06", effects=())
DOLOSO = ("ARMA DE FUEGO", "ARMA BLANCA", "GOLPES", "(OTROS)")


class Room:
    """Two releases in a row, of December 2019 and January 2020, and a place to read others."""

    def __init__(self, folder):
        self.folder, self.maps = folder, folder / "maps"
        write_maps(CITY.city, self.maps)
        (first, early), (second, self.now) = sequence(CITY, "2019-12", 2)
        self.last = lines_of(first, folder, named(first))
        self.next = lines_of(second, folder, named(second))
        self.before = self.read([self.last], early)

    def read(self, files, now="", maps=None) -> Held:
        given = self.maps if maps is None else maps
        return arrive(files, now or self.now, self.folder / "run", CITY.city, given)

    def stopped(self, files, before=None, maps=None) -> list[tuple[str, str]]:
        """Kind and message of each fault; of one, `read`, where the files cannot be read."""
        try:
            arriving = self.read(files, maps=maps)
        except InputError as error:
            return [("read", str(error))]
        found = faults(arriving, self.before if before is None else before)
        return [(fault.kind, str(fault)) for fault in found]


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return Room(tmp_path_factory.mktemp("arrival"))


def in_year(lines: Lines, year: str, column: str = "fecha_hecho") -> list[bool]:
    return lines.where(column, lambda day: day.startswith(year))


def murders(lines: Lines) -> list[bool]:
    return lines.where(
        "delito", lambda name: name.startswith("HOMICIDIO") and name.endswith(DOLOSO)
    )


def both(left: list[bool], right: list[bool]) -> list[bool]:
    return [one and other for one, other in zip(left, right, strict=True)]


def neither(rows: list[bool]) -> list[bool]:
    return [not row for row in rows]


def rewritten(lines, dice):
    """18.5% of a year's homicides are gone, as in the release of September 2025."""
    wanted = both(in_year(lines, "2018"), murders(lines))
    return [lines.keep([not row or dice.random() > 0.185 for row in wanted])]


def pasted(lines, dice):
    """A month is there twice, as a block."""
    month = lines.keep(in_year(lines, "2019-06", "fecha_inicio"))
    return [replace(lines, rows=lines.rows + month.rows)]


def shuffled(lines, dice):
    """A month is there twice, its rows among the others."""
    month = lines.keep(in_year(lines, "2019-06", "fecha_inicio"))
    rows = lines.rows + month.rows
    dice.shuffle(rows)
    return [replace(lines, rows=rows)]


def emptied(lines, dice):
    return [lines.keep(neither(in_year(lines, "2019-03")))]


def cut(lines, dice):
    return [replace(lines, rows=lines.rows[: int(0.9 * len(lines.rows))])]


def cut_in_the_last_month(lines, dice):
    early = lines.where("fecha_inicio", lambda day: day <= "2020-01-16")
    return [lines.keep(early)]


def relabelled(lines, dice):
    """All through the file, so that the outcome has no row left."""
    fired = lines.where("delito", lambda name: name == "HOMICIDIO POR ARMA DE FUEGO")
    return [lines.put(fired, "delito", "HOMICIDIO CON ARMA DE FUEGO")]


def relabelled_in_part(lines, dice):
    """One of the offences of an outcome."""
    struck = lines.where("delito", lambda name: name == "HOMICIDIO POR GOLPES")
    return [lines.put(struck, "delito", "HOMICIDIO CON GOLPES")]


def relabelled_from_now_on(lines, dice):
    theft = "ROBO DE VEHICULO DE SERVICIO PARTICULAR SIN VIOLENCIA"
    stolen = lines.where("delito", lambda name: name == theft)
    new = in_year(lines, "2020", "fecha_inicio")
    return [lines.put(both(stolen, new), "delito", theft.replace("SIN VIOLENCIA", "S/V"))]


def blank(lines, dice, month="2020-01"):
    rows = in_year(lines, month)
    return [lines.put(rows, "latitud", "").put(rows, "longitud", "")]


def blank_before(lines, dice):
    return blank(lines, dice, "2019")


def without_a_sector(lines, dice):
    """The points in and around one sector are gone, as if its prosecutors had sent nothing."""
    row, column = divmod(SECTORS.index("PLATEROS"), COLUMNS)
    middle = [WEST_SOUTH[axis] + SIDE * (n + 0.5) for axis, n in ((0, column), (1, row))]

    def near(row: str) -> bool:
        place = [lines.cell(row, name) for name in ("longitud", "latitud")]
        return all(place) and all(
            abs(float(cell) - centre) < 0.56 * SIDE
            for cell, centre in zip(place, middle, strict=True)
        )

    return [lines.keep([not near(row) for row in lines.rows])]


def future(lines, dice):
    place = next(n for n, row in enumerate(murders(lines)) if row)
    return [lines.put([n == place for n in range(len(lines.rows))], "fecha_inicio", "2029-01-07")]


PLANTED = {  # the fault, its kind, and words of its message
    "year rewritten": (rewritten, "past revised", ["homicide in 2018: ", "(-1"]),
    "month pasted": (pasted, "read", ["once more, in the same order", "lines "]),
    "month shuffled in": (shuffled, "repeated rows", ["2019-0", "date, offence and place"]),
    "month empty": (emptied, "low month", ["vehicle_theft: 2019-03 has 0, the months around it"]),
    "cut at 90%": (cut, "fewer rows", ["fewer rows than carpetasFGJ_acumulado_2019_12"]),
    "cut in its last month": (cut_in_the_last_month, "cut at the end", ["2020-01-1", "last 1"]),
    "relabelled": (relabelled, "read", ["no counted row of its offences ['HOMICIDIO POR ARMA"]),
    "relabelled in part": (relabelled_in_part, "relabelled offence", ["HOMICIDIO CON GOLPES has"]),
    "relabelled now": (relabelled_from_now_on, "relabelled offence", ["PARTICULAR S/V has"]),
    "new month blank": (blank, "places", ["2020-01", "100%, the year before"]),
    "past blank": (blank_before, "places", ["2019 ", "now 100%"]),
    "sector lost": (without_a_sector, "sector revised", ["sector PLATEROS, complete months"]),
    "future opening": (future, "day after retrieval", ["1 opened on 2029-01-07"]),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_stopped_with_its_own_message(room, name):
    plant, kind, words = PLANTED[name]
    found = room.stopped(plant(room.next, random.Random(1)))
    messages = [message for one, message in found if one == kind]
    assert messages, found
    assert all(any(word in message for message in messages) for word in words), messages
    assert "carpetasFGJ_acumulado_2020_01" in messages[0] or kind == "read"


def test_the_honest_next_release_passes_also_renamed(room):
    assert room.stopped([room.next]) == []
    assert room.stopped([replace(room.next, name="carpetasFGJ")]) == []


def test_the_first_release_is_looked_at_alone(room):
    assert faults(room.read([room.next]), None) == []
    for plant, kind in ((emptied, "low month"), (shuffled, "repeated rows")):
        arriving = room.read(plant(room.next, random.Random(1)))
        assert kind in [fault.kind for fault in faults(arriving, None)]


def test_what_was_so_in_the_last_release_is_no_news(room):
    wrong = room.read(emptied(*future(room.next, None), None))
    assert {"low month", "day after retrieval"} <= {f.kind for f in faults(wrong, room.before)}
    assert faults(wrong, wrong) == []


def test_an_older_release_is_stopped_whatever_its_name(room):
    (older, _), *_ = sequence(CITY, "2019-06", 1)
    lines = lines_of(older, room.folder, named(older))
    for name in (lines.name, room.next.name):
        kinds = dict(room.stopped([replace(lines, name=name)]))
        assert "earlier end" in kinds and "fetch the newest" in kinds["older file"]
        assert "ends 2019-06" in kinds["older file"]


def test_a_map_that_lacks_a_sector_is_stopped(room, tmp_path):
    import geopandas as gpd

    for year in (2016, 2023):
        table = gpd.read_file(room.maps / f"cuadrantes_{year}.gpkg")
        table = table[(table["sector"] != "PLATEROS") | (year == 2016)]
        table.to_file(tmp_path / f"cuadrantes_{year}.gpkg", layer="cuadrantes", driver="GPKG")
    found = dict(room.stopped([room.next], maps=tmp_path))
    assert "missing: PLATEROS" in found["sectors"] and "the same 72 sectors" in found["sectors"]


def monthly(room, *months):
    """A file to September 2019, and one for each further month, or several."""
    base = room.next.where("fecha_inicio", lambda day: day < "2019-10")
    files = [replace(room.next.keep(base), name="carpetasFGJ_acumulado_2019_09")]
    for month in months:
        first = month[0] if isinstance(month, tuple) else month
        held = month if isinstance(month, tuple) else (month,)
        rows = room.next.where("fecha_inicio", lambda day, held=held: day[:7] in held)
        files.append(replace(room.next.keep(rows), name=f"carpetasFGJ_{first.replace('-', '_')}"))
    return files


def test_two_months_in_one_file_and_one_month_in_two_are_stopped(room):
    before = room.read(monthly(room, "2019-10", "2019-11"), "2019-12-05T06:00:00Z")
    honest = monthly(room, "2019-10", "2019-11", "2019-12")
    assert room.stopped(honest, before) == []
    joint = monthly(room, "2019-10", "2019-11", ("2019-12", "2020-01"))
    found = dict(room.stopped(joint, before))
    assert list(found) == ["two months in a file"]
    assert "to 2020-01, though its name says 2019-12" in found["two months in a file"]
    twice = [*honest, replace(honest[-1], name="carpetasFGJ_enero")]
    ((kind, message),) = room.stopped(twice, before)
    assert kind == "read" and "both hold 2019-12" in message


def test_names_without_months_tell_of_two_months_by_the_others(room):
    files = monthly(room, "2019-10", "2019-11", "2019-12", "2020-01")[1:]
    short = [replace(file, name=f"mes {place}") for place, file in enumerate(files)]
    summary = room.read(short).summary
    rows = summary["file"].eq("mes 3") & summary["measure"].eq("first month")
    joint = summary.assign(month=summary["month"].mask(rows, "2019-12"))
    from evaluation.releases.file_checks import several_months

    assert list(several_months(summary)) == []
    (fault,) = several_months(joint)
    assert fault.file == "mes 3" and "2019-12, 2020-01, where 3 files" in fault.found


def test_figures_that_ship_are_held_against_each_other(room):
    """Of these only the panel and the sectors are known."""
    then = Held(room.before.panel, room.before.sectors)
    now = Held(room.before.panel, room.before.sectors)
    assert faults(now, then) == [] == faults(now, None)
    year = now.panel["month"].str.startswith("2018") & now.panel["outcome"].eq("vehicle_theft")
    panel = now.panel.assign(count=now.panel["count"].mask(year, now.panel["count"] * 2))
    (fault,) = faults(replace(now, panel=panel), then)
    assert fault.kind == "past revised" and "vehicle_theft in 2018" in fault.found
    assert fault.file == "counts by sector and month"


def test_files_are_paired_by_name_or_by_what_they_hold(room):
    def renamed(summary, name):
        return summary.assign(file=name)

    arriving, before = room.read([room.next]).summary, room.before.summary
    assert pairs_of(arriving, before) == {
        "carpetasFGJ_acumulado_2020_01": "carpetasFGJ_acumulado_2019_12"
    }
    assert pairs_of(renamed(arriving, "new"), before) == {"new": "carpetasFGJ_acumulado_2019_12"}
    later = before["month"].mask(before["measure"].eq("first month"), "2018-01")
    assert pairs_of(renamed(arriving, "new"), before.assign(month=later)) == {}


FAULT = Fault("past revised", "a.csv", "homicide in 2018: 725, now 591", "less", "Look.")


def test_all_faults_are_listed_and_how_to_accept_them():
    with pytest.raises(InputError) as stop:
        refuse([FAULT, replace(FAULT, file="b.csv")], "2026-09-1a2b3c4d", {})
    message = str(stop.value)
    assert "2 faults on arrival" in message and "1. a.csv: homicide" in message
    assert "2. b.csv" in message and "accept: {2026-09-1a2b3c4d: the reason}" in message


def test_an_acceptance_holds_for_its_release_alone_and_needs_a_reason():
    accept = {"2026-09-1a2b3c4d": "the office merged two categories"}
    assert refuse([FAULT], "2026-09-1a2b3c4d", accept) == [FAULT]
    assert refuse([], "2026-10-00000000", accept) == []
    with pytest.raises(InputError, match="1 fault on arrival"):
        refuse([FAULT], "2026-10-00000000", accept)
    for faults_found in ([], [FAULT]):
        with pytest.raises(InputError, match="no reason"):
            refuse(faults_found, "2026-09-1a2b3c4d", {"2026-09-1a2b3c4d": " "})


def test_changes_are_faults_where_they_are_large_and_beyond_chance():
    before = np.array([1000, 1000, 1000, 20, 20, 0, 0, 725])
    after = np.array([1049, 1051, 949, 15, 5, 3, 20, 591])
    assert revised_too_far(before, after).tolist() == [
        *(False, True, True, False, True, False, True, True)
    ]
    assert vanished([100, 100, 8], [24, 26, 0]).tolist() == [True, False, False]
    assert share_moved((500, 1000), (350, 500)) and not share_moved((500, 1000), (290, 500))
    assert not share_moved((5, 10), (8, 10)) and not share_moved((0, 0), (5, 5))


@pytest.mark.parametrize("number", [6, pytest.param(24, marks=pytest.mark.slow)])
def test_honest_releases_pass(tmp_path, number):
    """Late openings, a tenth of the yearly revisions each month, and growth: none is stopped."""
    scenario = Scenario(30_000, seed=11, first="2016-01", last="2019-12", effects=())
    write_maps(scenario.city, tmp_path / "maps")
    before, stopped = None, []
    for one, now in sequence(scenario, "2018-01", number):
        lines = lines_of(one, tmp_path, named(one))
        arriving = arrive([lines], now, tmp_path / "run", scenario.city, tmp_path / "maps")
        stopped += [(one.cut, str(fault)) for fault in faults(arriving, before)]
        before = arriving
    assert stopped == []


def dropped(lines, dice):
    """At least a fifth of one year's thefts, by the date of the facts."""
    year, share = dice.choice(["2017", "2018", "2019"]), dice.uniform(0.2, 0.9)
    stolen = lines.where("delito", lambda name: name.startswith("ROBO DE VEHICULO"))
    wanted = both(in_year(lines, year), stolen)
    return [lines.keep([not row or dice.random() > share for row in wanted])]


def doubled(lines, dice):
    """Some months again, in other places of the file."""
    month = f"{dice.choice([2017, 2018, 2019])}-{dice.randint(1, 12):02d}"
    again = lines.keep(in_year(lines, month, "fecha_inicio")).rows
    rows = lines.rows + again
    dice.shuffle(rows)
    return [replace(lines, rows=rows)]


def month_lost(lines, dice):
    return [lines.keep(neither(in_year(lines, f"2018-{dice.randint(1, 12):02d}")))]


def shortened(lines, dice):
    """The last 5 to 60% of the rows are gone."""
    return [replace(lines, rows=lines.rows[: int(dice.uniform(0.4, 0.95) * len(lines.rows))])]


def unplaced(lines, dice):
    """Most coordinates of a year."""
    rows = [
        wanted and dice.random() < 0.8 for wanted in in_year(lines, dice.choice(["2018", "2019"]))
    ]
    return [lines.put(rows, "latitud", "").put(rows, "longitud", "")]


def postponed(lines, dice):
    rows = murders(lines)
    chosen = dice.sample([n for n, row in enumerate(rows) if row], dice.randint(1, 20))
    day = f"20{dice.randint(21, 60)}-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}"
    column = dice.choice(["fecha_inicio", "fecha_hecho"])
    lines = lines.put([n in chosen for n in range(len(rows))], column, day)
    if column == "fecha_hecho":
        lines = lines.put([n in chosen for n in range(len(rows))], "mes_hecho", "")
        lines = lines.put([n in chosen for n in range(len(rows))], "anio_hecho", "")
    return [lines]


def touched(lines, dice):
    """What an honest office does: a few rows go, a few lose or change their place or offence."""
    rows = [row for row in lines.rows if dice.random() > 0.003]
    lines = replace(lines, rows=rows)
    lost = [dice.random() < 0.003 for _ in rows]
    moved = [dice.random() < 0.005 for _ in rows]
    lines = lines.put(lost, "latitud", "").put(lost, "longitud", "")
    return [lines.put(moved, "delito", "DENUNCIA DE HECHOS")]


SPOILT = (dropped, doubled, month_lost, shortened, unplaced, postponed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(36))
def test_generated_faults_are_stopped(room, seed):
    dice = random.Random(seed)
    assert room.stopped(SPOILT[seed % len(SPOILT)](room.next, dice))


@pytest.mark.parametrize("seed", range(4))
def test_generated_faults_are_stopped_and_small_revisions_are_not(room, seed):
    dice = random.Random(100 + seed)
    assert room.stopped(dice.choice(SPOILT)(room.next, dice))
    assert room.stopped(touched(room.next, dice)) == []
