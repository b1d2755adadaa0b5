"""The headers of the prosecutor's files, and where each keeps what an incident needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluation.sources.text import normalise
from evaluation.study.errors import InputError

CARPETAS, VICTIMS = "carpetas", "victims"
ISO, DAY_FIRST = "%Y-%m-%d", "%d/%m/%Y"
WGS84 = "EPSG:4326"


@dataclass(frozen=True)
class Layout:
    """One header and what its columns mean.

    counts : the counting rule, that is what a row stands for: `carpetas` or `victims`
    header : columns that a file must have; others may follow only where `further` is true
    occurred_on … latitude : the column of each field; None where the layout has none
    year, month, hour : columns that nothing depends on, read to count how oddly they are written
    identifier : column of the carpeta's number, read to count repeats
    dates : formats of the day, tried in order; a time of day after it is dropped
    plain : names are compared in capitals without accents and full stops (workbooks)
    aliases : other names of a column, as (name, column)
    official : the office's own; a column map's is not
    """

    name: str
    counts: str
    header: tuple[str, ...]
    occurred_on: str
    opened_on: str | None
    delito: str
    colonia: str | None
    alcaldia: str | None
    longitude: str
    latitude: str
    year: str | None = None
    month: str | None = None
    hour: str | None = None
    identifier: str | None = None
    dates: tuple[str, ...] = (ISO,)
    further: bool = False
    plain: bool = False
    aliases: tuple[tuple[str, str], ...] = ()
    optional: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","
    coordinate_reference: str = WGS84
    official: bool = True

    @property
    def needed(self) -> list[str]:
        """The columns to read, each once."""
        fields = (
            *("occurred_on", "opened_on", "delito", "colonia", "alcaldia", "longitude", "latitude"),
            *("year", "month", "hour", "identifier"),
        )
        return list(dict.fromkeys(getattr(self, f) for f in fields if getattr(self, f)))

    def columns(self, header: Sequence[str]) -> list[str]:
        """The header in the layout's own names."""
        if not self.plain:
            return [name.strip() for name in header]
        names = dict(self.aliases)
        plain = [normalise(name.replace(".", " ")) for name in header]
        return [names.get(name, name) for name in plain]

    def restricted_to(self, columns: Sequence[str]) -> "Layout":
        """The same layout without the optional columns that a file does not have."""
        absent = set(self.optional) - set(columns)
        fields = ("opened_on", "colonia", "alcaldia", "year", "month", "hour", "identifier")
        return replace(self, **{f: None for f in fields if getattr(self, f) in absent})


_WHEN = (
    *("anio_inicio", "mes_inicio", "fecha_inicio", "hora_inicio"),
    *("anio_hecho", "mes_hecho", "fecha_hecho", "hora_hecho"),
    *("delito", "categoria_delito"),
)
_WHERE = (
    *("colonia_hecho", "colonia_catalogo", "alcaldia_hecho", "alcaldia_catalogo"),
    *("municipio_hecho", "latitud", "longitud"),
)
_PLACE = {
    "delito": "delito",
    "colonia": "colonia_hecho",
    "alcaldia": "alcaldia_hecho",
    "longitude": "longitud",
    "latitude": "latitud",
}
_ACCUMULATED = {
    "occurred_on": "fecha_hecho",
    "opened_on": "fecha_inicio",
    "year": "anio_hecho",
    "month": "mes_hecho",
    "hour": "hora_hecho",
    **_PLACE,
}
_WORKBOOK_HEADER = (
    *("ID", "ID_CI", "MODALIDAD - DELITO", "FECHA DE LOS HECHOS", "HORA DE LOS HECHOS"),
    *("FECHA DE INICIO", "COORD X", "COORD Y"),
)
_WORKBOOK = {
    "occurred_on": "FECHA DE LOS HECHOS",
    "opened_on": "FECHA DE INICIO",
    "delito": "MODALIDAD - DELITO",
    "colonia": "COLONIA HECHOS",
    "alcaldia": "ALCALDIA HECHOS",
    "longitude": "COORD X",
    "latitude": "COORD Y",
    "hour": "HORA DE LOS HECHOS",
    "identifier": "ID_CI",
    "dates": (DAY_FIRST, ISO),
    "further": True,
    "plain": True,
    # ASSUME names of the place columns vary as those of the identifier and the coordinates do.
    "aliases": (
        *(("ID_AP", "ID_CI"), ("COORDX", "COORD X"), ("COORDY", "COORD Y")),
        *(("ALCALDIA DE LOS HECHOS", "ALCALDIA HECHOS"), ("ALCALDIA", "ALCALDIA HECHOS")),
        *(("COLONIA DE LOS HECHOS", "COLONIA HECHOS"), ("COLONIA", "COLONIA HECHOS")),
    ),
    "optional": ("COLONIA HECHOS", "ALCALDIA HECHOS"),
}
LAYOUTS = (
    Layout(
        name="carpetas acumulado",
        counts=CARPETAS,
        header=(
            *_WHEN,
            *("competencia", "fiscalia", "agencia", "unidad_investigacion"),
            *_WHERE,
        ),
        **_ACCUMULATED,
    ),
    Layout(
        name="carpetas completa",
        counts=CARPETAS,
        header=(
            *("ao_hechos", "mes_hechos", "fecha_hechos", "ao_inicio", "mes_inicio"),
            *("fecha_inicio", "delito", "fiscalia", "agencia", "unidad_investigacion"),
            *("categoria_delito", "calle_hechos", "calle_hechos2", "colonia_hechos"),
            *("alcaldia_hechos", "competencia", "longitud", "latitud", "tempo"),
        ),
        occurred_on="fecha_hechos",
        opened_on="fecha_inicio",
        delito="delito",
        colonia="colonia_hechos",
        alcaldia="alcaldia_hechos",
        longitude="longitud",
        latitude="latitud",
        year="ao_hechos",
        month="mes_hechos",
        dates=(ISO, DAY_FIRST),
    ),
    Layout(
        name="victimas acumulado",
        counts=VICTIMS,
        header=(
            *_WHEN,
            *("sexo", "edad", "tipo_persona", "calidad_juridica", "competencia"),
            *_WHERE,
        ),
        **_ACCUMULATED,
    ),
    # The victims' workbook has the columns of the other one and says who the victim is.
    Layout(
        name="victimas libro mensual",
        counts=VICTIMS,
        header=(*_WORKBOOK_HEADER, "SEXO", "EDAD"),
        **{**_WORKBOOK, "identifier": None},
    ),
    Layout(
        name="carpetas libro mensual",
        counts=CARPETAS,
        header=_WORKBOOK_HEADER,
        **_WORKBOOK,
    ),
    Layout(
        name="puntos",
        counts=CARPETAS,
        header=(
            *("fecha_hecho", "hora_hecho", "delito"),
            *("colonia_hecho", "alcaldia_hecho", "latitud", "longitud"),
        ),
        occurred_on="fecha_hecho",
        opened_on=None,
        hour="hora_hecho",
        **_PLACE,
    ),
)


def recognise(header: Sequence[str], where: str, maps: Sequence[Layout] = ()) -> Layout:
    """The layout whose columns are those of `header`, in any order.

    `maps` are further layouts to consider, as `columns.read_column_map` gives them; an official
    layout that fits goes first. Raises `InputError` for a column given twice, for a header that
    fits two maps, and for an unknown one: it names what is missing and what is new against the
    nearest layout.
    """
    if layout := fitting(header, maps):
        _refuse_twice(layout, layout.columns(header), where)
        rivals = [other.name for other in maps if _fits(other, header)]
        if layout.name in rivals and len(rivals) > 1:
            raise InputError(
                where,
                f"the header fits the column maps {rivals}",
                "one of them",
                "Name a column in one map that the other kind of file does not have.",
            )
        return layout.restricted_to(layout.columns(header))
    nearest, missing, new = _nearest(header, (*LAYOUTS, *maps))
    _refuse_twice(nearest, nearest.columns(header), where)
    known = ", ".join(f"{layout.name!r} ({len(layout.header)} columns)" for layout in LAYOUTS)
    raise InputError(
        f"{where}, line 1",
        f"unknown header; against the nearest layout, {nearest.name!r}, "
        f"missing columns {missing or 'none'}, new columns {new or 'none'}",
        f"one of the layouts {known}" + (f" or maps {[m.name for m in maps]}" if maps else ""),
        "Rename the columns, or describe the layout in a column map.",
    )


def fitting(header: Sequence[str], maps: Sequence[Layout] = ()) -> Layout | None:
    """The first layout, official ones before `maps`, whose columns are those of `header`."""
    return next((layout for layout in (*LAYOUTS, *maps) if _fits(layout, header)), None)


def likeness(header: Sequence[str], maps: Sequence[Layout] = ()) -> int:
    """How many columns a row shares with the layout it shares most with."""
    layouts = (*LAYOUTS, *maps)
    return max(len(set(layout.header).intersection(layout.columns(header))) for layout in layouts)


def _fits(layout: Layout, header: Sequence[str]) -> bool:
    names = set(layout.columns(header))
    return names >= set(layout.header) if layout.further else names == set(layout.header)


def _nearest(header, layouts) -> tuple[Layout, list[str], list[str]]:
    """The layout that shares most with a header, what it misses and what it does not have."""

    def difference(layout: Layout) -> tuple[list[str], list[str]]:
        found = layout.columns(header)
        known = {*layout.header, *layout.optional}
        missing = [name for name in layout.header if name not in found]
        return missing, [name for name in found if name and name not in known]

    nearest = min(layouts, key=lambda layout: sum(map(len, difference(layout))))
    return nearest, *difference(nearest)


def _refuse_twice(layout: Layout, found: list[str], where: str) -> None:
    known = {*layout.header, *layout.optional}
    if twice := sorted({name for name in found if name in known and found.count(name) > 1}):
        raise InputError(where, f"columns {twice} twice", "each column once", "Correct the header.")
