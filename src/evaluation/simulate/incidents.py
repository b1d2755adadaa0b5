"""Files like the prosecutor's, of any size, from rates that are known: tests, demos, benchmarks.

The city is a grid of 72 square sectors of twelve police quadrants each; the sectors of the default
treatment calendar are among them. Carpetas are spread over sectors, months and offences in
proportion to (inhabitants × the sector's own level × the offence's rate × its trend and season ×
the effect of treatment), so that the expected count of every cell is known (`expected_counts`).
A row's delay, place, oddities and fate in later vintages are drawn with it, so that every layout
and every vintage of a scenario shows the same carpetas, and the same seed gives the same bytes.

    python -m evaluation.simulate.incidents --rows 9000 --layout "carpetas completa" file.csv.gz
    python -m evaluation.simulate.incidents --rows 100000 --city folder
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.simulate.city import COLUMNS, SECTORS, SIDE, WEST_SOUTH, City, write_maps
from evaluation.simulate.official_files import LAYOUT_NAMES, Batch, write_file
from evaluation.study.errors import InputError
from evaluation.study.months import MONTH, days_in, month_range, shifted

BATCH = 50_000  # carpetas drawn at once; part of what a seed means
SEASON = 0.08  # amplitude of the yearly wave, highest in May
DELAYS = ((0.70, 1.0), (0.25, 25.0), (0.05, 250.0))  # (share, mean days) of the delay's parts
LONGEST_DELAY = 1500
REVISED = 0.01  # share of carpetas that each later vintage reclassifies
METRES = (105_000.0, 110_600.0)  # of a degree of longitude and latitude, at the city's latitude
MONTHLY = 0.1  # of the revisions of a vintage, those of a release a month after the last
FOUND = 0.10  # share of missing coordinates that each later vintage has found


@dataclass(frozen=True)
class Offence:
    """One offence: yearly carpetas per 100,000, yearly growth, share without coordinates."""

    delito: str
    category: str
    rate: float
    growth: float
    without_place: float


_LOW = "DELITO DE BAJO IMPACTO"
_MURDER = "HOMICIDIO DOLOSO"
OFFENCES = (
    Offence("HOMICIDIO POR ARMA DE FUEGO", _MURDER, 7.0, -0.06, 0.04),
    Offence("HOMICIDIO POR ARMA BLANCA", _MURDER, 1.8, -0.04, 0.04),
    Offence("HOMICIDIO POR GOLPES", _MURDER, 1.0, -0.02, 0.05),
    Offence("HOMICIDIOS INTENCIONALES (OTROS)", _MURDER, 1.2, -0.02, 0.06),
    Offence(
        "LESIONES INTENCIONALES POR ARMA DE FUEGO",
        "LESIONES DOLOSAS POR DISPARO DE ARMA DE FUEGO",
        14.0,
        -0.05,
        0.50,
    ),
    Offence("HOMICIDIO CULPOSO POR TRÁNSITO VEHICULAR (COLISION)", _LOW, 3.0, 0.01, 0.05),
    Offence("HOMICIDIO CULPOSO POR TRÁNSITO VEHICULAR (ATROPELLADO)", _LOW, 3.5, 0.0, 0.05),
    Offence(
        "ROBO DE VEHICULO DE SERVICIO PARTICULAR SIN VIOLENCIA",
        "ROBO DE VEHÍCULO CON Y SIN VIOLENCIA",
        62.0,
        -0.03,
        0.03,
    ),
    Offence("ROBO A CASA HABITACION SIN VIOLENCIA", _LOW, 60.0, -0.04, 0.03),
    Offence("FEMINICIDIO", _MURDER, 0.5, 0.0, 0.04),
    Offence("TENTATIVA DE HOMICIDIO", _LOW, 1.1, 0.0, 0.05),
    Offence("VIOLENCIA FAMILIAR", _LOW, 300.0, 0.04, 0.04),
    Offence("FRAUDE", _LOW, 190.0, 0.05, 0.06),
    Offence("AMENAZAS", _LOW, 170.0, 0.02, 0.05),
    Offence("ROBO DE OBJETOS", _LOW, 160.0, -0.03, 0.05),
    Offence(
        "DAÑO EN PROPIEDAD AJENA CULPOSA POR TRÁNSITO VEHICULAR A AUTOMOVIL", _LOW, 120, 0, 0.05
    ),
    Offence("ROBO A NEGOCIO SIN VIOLENCIA", "ROBO A NEGOCIO SIN VIOLENCIA", 140.0, -0.02, 0.02),
    Offence("PRODUCCIÓN, IMPRESIÓN, ENAJENACIÓN, DISTRIBUCIÓN DE TARJETAS", _LOW, 8.0, 0.02, 0.06),
    Offence("DENUNCIA DE HECHOS", "HECHO NO DELICTIVO", 130.0, -0.05, 0.06),
    Offence("PERDIDA DE LA VIDA POR OTRAS CAUSAS", "HECHO NO DELICTIVO", 12.0, 0.03, 0.20),
)
RECLASSIFIED = "DENUNCIA DE HECHOS"  # what a later vintage makes of a carpeta


@dataclass(frozen=True)
class Effect:
    """Treatment multiplies the rate of some offences in a sector from a month on."""

    sector: str
    first_month: str
    delitos: tuple[str, ...]
    ratio: float


FIREARM = ("HOMICIDIO POR ARMA DE FUEGO", "LESIONES INTENCIONALES POR ARMA DE FUEGO")


@dataclass(frozen=True)
class Scenario:
    """What is simulated.

    rows : carpetas whose facts fall in the months from `first` to `last`
    cut : files opened after this day, `YYYY-MM-DD`, are not in the vintage; empty for no cut
    vintage : 0 for the first publication; each later one reclassifies and completes some rows, a
        tenth of one so many fewer
    effects : known treatment effects
    displacement_m : standard deviation in metres of the shift of published coordinates
    oddities : whether the rows have the oddities of the real files
    """

    rows: int
    seed: int = 1
    first: str = "2016-01"
    last: str = "2024-12"
    cut: str = ""
    vintage: float = 0
    effects: tuple[Effect, ...] = (Effect("PLATEROS", "2020-01", FIREARM, 0.6),)
    displacement_m: float = 200.0
    oddities: bool = True

    def __post_init__(self):
        months = self.first, self.last
        if self.rows < 1 or not all(map(MONTH.match, months)) or self.last < self.first:
            raise InputError(
                "simulator",
                f"{self.rows} rows in the months {self.first} to {self.last}",
                "one row or more, and months YYYY-MM in order",
                "Correct them.",
            )

    @property
    def months(self) -> tuple[str, ...]:
        return month_range(self.first, self.last)

    @cached_property
    def city(self) -> City:
        return City(self.seed)

    @cached_property
    def shares(self) -> np.ndarray:
        """(months, sectors × offences) share of all carpetas that each cell expects."""
        years = np.arange(len(self.months)) / 12
        calendar = np.array([int(month[5:]) for month in self.months])
        season = 1 + SEASON * np.cos(2 * np.pi * (calendar - 5) / 12)
        trend = (1 + np.array([o.growth for o in OFFENCES]))[None, :] ** years[:, None]
        level = self.city.populations[:, None] * self.city.levels(len(OFFENCES))
        rates = np.array([offence.rate for offence in OFFENCES])
        cells = season[:, None, None] * trend[:, None, :] * (level * rates)[None, :, :]
        for effect in self.effects:
            for delito in effect.delitos:
                offence = [o.delito for o in OFFENCES].index(delito)
                from_month = [month >= effect.first_month for month in self.months]
                cells[from_month, SECTORS.index(effect.sector), offence] *= effect.ratio
        return (cells / cells.sum()).reshape(len(self.months), -1)


def expected_counts(scenario: Scenario) -> pd.DataFrame:
    """`sector, month, delito, expected`: carpetas that each cell expects, located or not."""
    index = pd.MultiIndex.from_product(
        [scenario.months, SECTORS, [offence.delito for offence in OFFENCES]],
        names=["month", "sector", "delito"],
    )
    table = pd.Series(scenario.rows * scenario.shares.ravel(), index, name="expected").reset_index()
    return table[["sector", "month", "delito", "expected"]]


def draw(scenario: Scenario) -> Iterator[Batch]:
    """The carpetas of a scenario, in the order of the month of the facts, batch by batch."""
    generator = np.random.default_rng([scenario.seed, scenario.rows])
    number = generator.multinomial(scenario.rows, scenario.shares.sum(axis=1))
    for position, month in enumerate(scenario.months):
        weights = scenario.shares[position] / scenario.shares[position].sum()
        cumulative = np.cumsum(weights)
        for start in range(0, int(number[position]), BATCH):
            size = min(BATCH, int(number[position]) - start)
            stream = np.random.default_rng([scenario.seed, position, start])
            cells = np.searchsorted(cumulative, stream.random(size) * cumulative[-1])
            cells = np.minimum(cells, len(weights) - 1)
            batch = _draw_batch(scenario, month, start, cells, stream)
            yield (
                batch
                if not scenario.cut
                else batch.take(batch.opened <= np.datetime64(scenario.cut, "D"))
            )


def releases(scenario: Scenario, first: str, number: int) -> list[Scenario]:
    """One release a month: the same carpetas, as far as each holds them.

    The first is cut at the end of the month `first`. Each later one has a further month, what was
    opened late of the months before, and the revisions of one month (`MONTHLY`). The scenario's
    months are those that the last release can reach.
    """
    found = []
    for place in range(number):
        month = shifted(first, place)
        cut = f"{month}-{days_in(month):02d}"
        found.append(replace(scenario, cut=cut, vintage=scenario.vintage + MONTHLY * place))
    return found


def simulate(scenario: Scenario, layout: str, path: str | Path) -> pd.DataFrame:
    """Write one file; its container follows the name (.csv, .csv.gz, .zip, .xlsx, .parquet).

    Returns `sector, month, delito, placed, without_place`: the rows that a perfect reader counts in
    each cell, and those it cannot place; cells without rows are left out. Rows whose date is
    odd beyond repair are in none. Raises `InputError` for a layout or container that is unknown,
    or rows that do not fit a workbook. The file appears whole or not at all.
    """
    if layout not in LAYOUT_NAMES:
        raise InputError("simulator", f"layout {layout!r}", str(LAYOUT_NAMES), "Name one of them.")
    tallies: list[pd.DataFrame] = []

    def tallied() -> Iterator[Batch]:
        for batch in draw(scenario):
            tallies.append(_truth(batch, victims=layout.startswith("victimas")))
            yield batch

    write_file(tallied(), layout, Path(path), [(o.delito, o.category) for o in OFFENCES])
    table = pd.concat(tallies).groupby(["sector", "month", "delito"], as_index=False).sum()
    return table.astype({"placed": "int64", "without_place": "int64"})


def _draw_batch(
    scenario: Scenario, month: str, start: int, cells: np.ndarray, stream: np.random.Generator
) -> Batch:
    """Everything about some carpetas of one month; draws do not depend on cut or vintage."""
    sector, offence = np.divmod(cells, len(OFFENCES))
    size, first = len(cells), np.datetime64(month, "D")
    occurred = first + stream.integers(0, days_in(month), size).astype("timedelta64[D]")
    share, mean = np.array(DELAYS).T
    part = np.searchsorted(np.cumsum(share), stream.random(size)).clip(max=len(mean) - 1)
    delay = np.minimum(stream.exponential(mean[part]).astype(int), LONGEST_DELAY)
    inside = stream.uniform(0.02, 0.98, (2, size))
    shift = stream.normal(0, scenario.displacement_m, (2, size))
    longitude = WEST_SOUTH[0] + SIDE * (sector % COLUMNS + inside[0]) + shift[0] / METRES[0]
    latitude = WEST_SOUTH[1] + SIDE * (sector // COLUMNS + inside[1]) + shift[1] / METRES[1]
    silent, fate = stream.random(size), stream.random(size)
    without = np.array([o.without_place for o in OFFENCES])[offence]
    # Shootings without a place become rarer over the years, as they do in the real files.
    without = np.where(without > 0.3, without + 0.1 - 0.02 * (int(month[:4]) - 2016), without)
    placed = silent >= without * (1 - FOUND) ** scenario.vintage
    names = [o.delito for o in OFFENCES]
    revised = fate < 1 - (1 - REVISED) ** scenario.vintage
    offence = np.where(revised, names.index(RECLASSIFIED), offence)
    return Batch(
        month=month,
        number=start + np.arange(size),
        sector=sector,
        offence=offence,
        occurred=occurred,
        opened=occurred + delay.astype("timedelta64[D]"),
        longitude=longitude.round(5),
        latitude=latitude.round(5),
        placed=placed,
        minute=stream.integers(0, 1440, size),
        victims=1 + (stream.random(size) < 0.08) + (stream.random(size) < 0.015),
        odd=stream.random(size) if scenario.oddities else np.ones(size),
    )


def _truth(batch: Batch, victims: bool) -> pd.DataFrame:
    weight = batch.victims if victims else np.ones(len(batch.sector), dtype=int)
    dated = ~batch.undated
    placed = batch.placed & ~batch.zeroed
    table = pd.DataFrame(
        {
            "sector": np.array(SECTORS)[batch.sector[dated]],
            "month": batch.month,
            "delito": np.array([o.delito for o in OFFENCES])[batch.offence[dated]],
            "placed": np.where(placed, weight, 0)[dated],
            "without_place": np.where(placed, 0, weight)[dated],
        }
    )
    return table.groupby(["sector", "month", "delito"], as_index=False).sum()


def simulate_city(scenario: Scenario, folder: str | Path) -> dict[str, pd.DataFrame]:
    """Write all that the chain reads, laid out as the real files are: incidents, maps, totals.

    `fgj/carpetas.csv.gz` and `fgj/victimas.csv.gz`, `sectors/cuadrantes_{2016,2023}.gpkg`,
    `reference/sesnsp_cdmx_victims_month.csv` (every victim, placed or not). Returns the truth of
    both incident files, by name.
    """
    folder = Path(folder)
    truth = {
        name: simulate(scenario, f"{name} acumulado", folder / "fgj" / f"{name}.csv.gz")
        for name in ("carpetas", "victimas")
    }
    write_maps(scenario.city, folder / "sectors")
    _totals(truth["victimas"], folder / "reference" / "sesnsp_cdmx_victims_month.csv")
    return truth


def _totals(truth: pd.DataFrame, path: Path) -> None:
    from evaluation.study.files import write_csv

    named = {
        "Homicidio doloso | Con arma blanca": ("HOMICIDIO POR ARMA BLANCA",),
        "Homicidio doloso | Con arma de fuego": ("HOMICIDIO POR ARMA DE FUEGO",),
        "Homicidio doloso | Con otro elemento": (
            "HOMICIDIO POR GOLPES",
            "HOMICIDIOS INTENCIONALES (OTROS)",
        ),
        "Homicidio doloso | No especificado": (),
        "Lesiones dolosas | Con arma de fuego": FIREARM[1:],
    }
    victims = truth["placed"] + truth["without_place"]
    months = sorted(truth["month"].unique())
    table = {"month": months}
    for name, delitos in named.items():
        rows = truth["delito"].isin(delitos)
        found = victims[rows].groupby(truth["month"][rows]).sum()
        table[name] = found.reindex(months, fill_value=0).to_numpy()
    write_csv(pd.DataFrame(table), path)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.simulate.incidents", description=__doc__
    )
    parser.add_argument("out", help="file to write, or folder with --city")
    parser.add_argument("--rows", type=int, required=True, help="carpetas")
    parser.add_argument("--layout", choices=LAYOUT_NAMES, default=LAYOUT_NAMES[0])
    parser.add_argument("--city", action="store_true", help="write incidents, maps and totals")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", default="2016-01", help="first month of the facts")
    parser.add_argument("--last", default="2024-12", help="last month of the facts")
    parser.add_argument("--cut", default="", help="last opening day in the file, YYYY-MM-DD")
    parser.add_argument("--vintage", type=int, default=0, help="0 for the first publication")
    given = parser.parse_args(arguments)
    try:
        scenario = Scenario(
            given.rows, given.seed, given.first, given.last, given.cut, given.vintage
        )
        if given.city:
            simulate_city(scenario, given.out)
        else:
            simulate(scenario, given.layout, given.out)
    except InputError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
