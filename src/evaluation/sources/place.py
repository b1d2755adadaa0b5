"""A study of another place: a short config and a panel, made a config and tables as others have.

What a config leaves out is filled in here and nowhere else; `results/STUDY/specification.json` has
all of it. Nothing about the place is invented: a table that is not given does not exist, and the
analyses that read it are absent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.sources import place_beside as beside
from evaluation.sources.long_panel import LongPanel, read_long_panel
from evaluation.sources.place_checks import (
    refuse,
    refuse_few_donors,
    refuse_form,
    refuse_windows,
    start_number,
    treated_units,
)
from evaluation.sources.place_defaults import defaults, with_neighbours
from evaluation.sources.place_tables import given_file
from evaluation.sources.shipped import Shipped, as_shipped
from evaluation.study.outcomes import COUNT
from evaluation.study.study import PANEL

MOST_DONORS = 100
JOINED = " + "  # between the names of units that were treated together
SHORT = ("start", "columns", "direction", "language", "vocabulary", "leave_out", "most_donors")
SHORT += (*beside.FILES, "polygons_unit", "exclude_neighbours")
WITHOUT_EXPOSURE = 1e5  # rates per 100,000 are then the counts themselves


@dataclass(frozen=True)
class Place:
    """What the config of another place says, checked against its panel.

    kinds : outcome → count | rate | continuous
    treated : units that were treated together, in the order of the config
    start : number of the first treated period
    later : other units of `treated`, each with its later start, as written
    """

    config: Mapping[str, Any]
    where: str
    panel: LongPanel
    kinds: dict[str, str]
    treated: tuple[str, ...]
    start: int
    later: Mapping[str, object] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """The name of the treated unit; of several treated together, all names."""
        return JOINED.join(self.treated)

    @property
    def others(self) -> list[str]:
        return [unit for unit in self.panel.units if unit not in self.treated]

    @property
    def candidates(self) -> list[str]:
        """The units that may be donors: not treated, and without a later start of their own."""
        return [unit for unit in self.others if unit not in self.later]

    @property
    def gives_neighbours(self) -> bool:
        """Whether it says which units lie near each other, by itself or by their outlines."""
        return any(self.config.get(key) for key in (beside.NEIGHBOURS, beside.POLYGONS))


def is_place(config: Mapping) -> bool:
    """Whether a config is of another place: its `data` is one table, not a folder of them.

    One with a `start` and no `treatment_start` is meant to be, whatever its `data` is.
    """
    data = config.get("data")
    given = isinstance(data, str) and data.lower().endswith(".csv")
    return given or ("start" in config and "treatment_start" not in config)


def filled_in(config: Mapping, where: str) -> dict:
    """The config with all that it leaves out, where it is one of another place; else as it is.

    Parameters
    ----------
    config : as read from the file `where`, in whose folder the panel's path begins

    Raises `InputError` for a key that lacks or is of another form, a panel that `read_long_panel`
    refuses, an unknown treated unit, too few others, a start with no period before it, and windows
    out of order.
    """
    if not is_place(config):
        return dict(config)
    found = read_place(config, where)
    own = {key: value for key, value in config.items() if key not in SHORT}
    own["languages"] = config.get("languages") or [config.get("language", "en")]
    own["title"] = _by_language(config["title"], own["languages"])
    own |= {"data": f"results/{config['study']}/data", "treated": found.unit}
    own["periods"] = {"kind": found.panel.names.kind, "first": found.panel.names.first}
    own["features"] = _features(found)
    own["source"] = {"from": PANEL, "panel": found.panel.path}
    own |= beside.keys(found)
    own["outcomes"] = list(found.kinds)
    own["outcome_definitions"] = _definitions(found, own["languages"])
    if covariates := covariates_of(config):
        own["covariates"] = {
            name: {"label": _by_language(one.get("label", _readable(name)), own["languages"])}
            for name, one in covariates.items()
        }
    for key in ("direction", "vocabulary"):
        if key in config:
            own[key] = config[key]
    own |= _in_months(config, found)
    base = defaults(found, own)
    if found.gives_neighbours:
        base = with_neighbours(base, bool(config.get("exclude_neighbours")))
    return _with_nearest(_merged(base, own), found)


def read_place(config: Mapping, where: str) -> Place:
    """A config of another place and its panel, checked against each other."""
    config, later = beside.one_start(config, where)
    refuse_form(config, where)
    kinds = _kinds(config)
    path = given_file(config, "data", where)
    covariates = json.dumps({name: one["column"] for name, one in covariates_of(config).items()})
    state = path.stat() if path.exists() else None
    changed = (state.st_mtime_ns, state.st_size) if state else (0, 0)
    columns = json.dumps(config.get("columns"))
    panel = _panel(str(path), changed, tuple(kinds.items()), columns, covariates)
    units = treated_units(config, panel, where)
    beside.refuse_later(later, panel, where)
    found = Place(config, where, panel, kinds, units, start_number(config, panel, where), later)
    refuse_few_donors(config, found.candidates, found.unit, where)
    return found


@lru_cache(maxsize=2)
def _panel(
    path: str,
    changed: tuple[int, int],
    kinds: tuple[tuple[str, str], ...],
    columns: str,
    covariates: str,
) -> LongPanel:
    """The panel at a path, read once for each state of the file; columns as JSON."""
    return read_long_panel(path, dict(kinds), json.loads(columns), json.loads(covariates))


def _kinds(config: Mapping) -> dict[str, str]:
    outcomes = config["outcomes"]
    if isinstance(outcomes, list):
        return dict.fromkeys(outcomes, COUNT)
    return {name: (entry or {}).get("kind", COUNT) for name, entry in outcomes.items()}


def covariates_of(config: Mapping) -> dict[str, dict]:
    """Each covariate's `column` in the panel, and its `label` where there is one."""
    given = config.get("covariates") or {}
    entries = given if isinstance(given, Mapping) else dict.fromkeys(given)
    return {name: {"column": name, **(entry or {})} for name, entry in entries.items()}


def _features(found: Place) -> list[str]:
    """What the place has to be analysed with (`study/features.py`)."""
    config, declared = found.config, found.config.get("declarations", {})
    stated = {
        "counts": next(iter(found.kinds.values())) == COUNT,
        "exposure": "exposure" in found.panel.rows,
        "claims": config.get("published_claims"),
        "monitoring": config.get("monitoring"),
        "secondary": config.get("secondary"),
        "literature": config.get("literature"),
        "costs": config.get("costs"),
        "implementation": config.get("implementation"),
        "plan": declared.get("plan"),
        "covariates": config.get("covariates"),
        **beside.features(found),
    }
    return [name for name, value in stated.items() if value]


def _definitions(found: Place, languages: list[str]) -> dict[str, dict]:
    given = found.config["outcomes"]
    entries = given if isinstance(given, dict) else dict.fromkeys(given)
    definitions = {}
    for place_in_list, (name, entry) in enumerate(entries.items()):
        entry = dict(entry or {})
        entry["label"] = _by_language(entry.get("label", _readable(name)), languages)
        if "measured" in entry:
            entry["measured"] = _by_language(entry["measured"], languages)
        entry.setdefault("kind", COUNT)
        entry.setdefault("role", "secondary" if place_in_list else "primary")
        definitions[name] = entry
    return definitions


def _readable(name: str) -> str:
    """`gun_homicide` as `Gun homicide`: a label where none is given."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def _by_language(text: str | Mapping, languages: list[str]) -> dict[str, str]:
    return dict(text) if isinstance(text, Mapping) else dict.fromkeys(languages, str(text))


def _in_months(config: Mapping, found: Place) -> dict[str, Any]:
    """Whatever names a period, in months: first ones of starts, last ones of ends."""
    where, names = found.where, found.panel.names

    def month(key: str, text, last: bool) -> str:
        number = names.number(str(text))
        if number is None:
            expected = f"a {names.kind}, as the panel has them"
            refuse(where, key, f"{text!r}", expected, "Write it so.")
        return names.last_month(number) if last else names.month(number)

    def span(key: str, ends: Mapping) -> dict[str, str]:
        return {end: month(f"{key}.{end}", text, end == "last") for end, text in ends.items()}

    made: dict[str, Any] = {"treatment_start": names.month(found.start)}
    for key in ("donut", "pre_period"):
        if isinstance(config.get(key), Mapping):
            made[key] = span(key, config[key])
    if isinstance(windows := config.get("post_windows"), Mapping):
        made["post_windows"] = {
            name: month(f"post_windows.{name}", end, True) for name, end in windows.items()
        }
    refuse_windows(made, found.panel, found.start, where)
    if left_out := config.get("leave_out"):
        made["donors"] = dict(config.get("donors", {})) | {"exclude": dict(left_out)}
    return made


def _merged(base: Mapping, over: Mapping) -> dict:
    """`base` with what `over` has; blocks in both are merged, names of windows are not."""
    whole = ("post_windows", "outcome_definitions", "donut", "pre_period", "exclude")
    found = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = _merged(found[key], value) if both and key not in whole else value
    return found


def _with_nearest(config: dict, found: Place) -> dict:
    """The config with the donors left out that are least like the treated unit before the start.

    Of more than `most_donors` those stay whose primary outcome (of counts: its rate) was nearest to
    that of the treated unit on average over the pre-period. A comparison of very unlike units
    interpolates, and with many times as many donors as periods it fits anything (Abadie 2021,
    section 6); and every donor is a placebo, fitted on all others.
    """
    most = found.config.get("most_donors", MOST_DONORS)
    left_out = config["donors"]["exclude"]
    others = [unit for unit in found.candidates if unit not in left_out]
    if len(others) <= most:
        return config
    rows, pre = _joined(found), config["pre_period"]
    rows = rows[(rows["outcome"] == config["outcomes"][0])]
    rows = rows[rows["month"].between(pre["first"], pre["last"])]
    sums = rows.groupby("sector")[["value", *(["exposure"] * ("exposure" in rows))]].sum()
    level = sums["value"] / sums["exposure"] if "exposure" in sums else sums["value"]
    apart = (level - level[found.unit]).abs().loc[others]
    near = set(apart.sort_values(kind="stable").index[:most])
    reason = f"not among the {most} nearest by {config['outcomes'][0]} before the start"
    exclude = dict(left_out) | {unit: reason for unit in others if unit not in near}
    return config | {"donors": config["donors"] | {"exclude": exclude}}


def place_tables(config: Mapping, where: str) -> dict[str, pd.DataFrame]:
    """The tables of a place's folder of figures, by name; those that it has, and no others.

    `sector_month` (counts, with their exposure), `values` (of outcomes that are no counts),
    `coverage`, `sectors`, `periods` and `covariates`. Units that were treated together are one:
    their events and exposures are summed, their values and covariates averaged.
    """
    found = read_place(config, where)
    names, rows = found.panel.names, _joined(found)
    is_count = rows["outcome"].map(found.kinds) == COUNT
    counts = rows[is_count].rename(columns={"value": "count"})
    counts = counts.assign(count=counts["count"].astype("int64"))
    if "exposure" not in counts:
        counts = counts.assign(exposure=WITHOUT_EXPOSURE)
    months = found.panel.months
    span = {"first_month": months[0], "last_month": names.last_month(found.panel.last)}
    coverage = pd.DataFrame({"outcome": sorted(found.kinds)}).assign(
        **span, gaps="", incomplete="", source=Path(found.panel.path).name
    )
    periods = pd.DataFrame({"month": months}).assign(
        months=names.length, period=[names.name(month) for month in months]
    )
    ordered = ["sector", "month", "outcome", "count", "exposure"]
    return {
        "sector_month": counts[ordered],
        "values": rows.loc[~is_count, ["sector", "month", "outcome", "value"]],
        "coverage": coverage,
        **beside.about_units(found),
        "periods": periods,
        "covariates": _covariates(found),
    }


def given_figures(config: Mapping, where: str) -> Shipped:
    """The tables of a place as those of a folder of figures; the ones that lack have no rows."""
    return as_shipped(place_tables(config, where))


def place_choices(config: Mapping) -> dict[str, Any]:
    """What the tables of a place depend on, of its config: labels and windows move none of them."""
    kinds = {name: {"kind": kind} for name, kind in _kinds(config).items()}
    keys = ("study", "data", "treated", "start", "columns", *beside.FILES, "polygons_unit")
    kept = {key: config[key] for key in keys if key in config}
    if covariates := covariates_of(config):
        kept["covariates"] = {name: {"column": one["column"]} for name, one in covariates.items()}
    return kept | {"title": config["study"], "outcomes": kinds}


def _joined(found: Place) -> pd.DataFrame:
    """The panel's rows, sorted; of units treated together one row."""
    rows = found.panel.rows
    keys = ["sector", "month", "outcome"]
    rows = rows.sort_values(keys, ignore_index=True)  # sums must not depend on the file's order
    rows = rows.assign(sector=rows["sector"].replace(dict.fromkeys(found.treated, found.unit)))
    if len(found.treated) == 1:
        return rows.sort_values(keys, ignore_index=True)
    parts = rows.groupby(keys)
    summed = parts.sum()
    is_count = summed.index.get_level_values("outcome").map(found.kinds) == COUNT
    summed["value"] = summed["value"].where(is_count, parts["value"].mean())
    return summed.sort_index().reset_index()


def _covariates(found: Place) -> pd.DataFrame:
    """`Covariates` rows, sorted; of units treated together the mean."""
    keys = ["covariate", "sector", "month"]
    rows = found.panel.covariates.sort_values(keys, ignore_index=True)
    if len(found.treated) == 1:
        return rows
    joined = rows.assign(sector=rows["sector"].replace(dict.fromkeys(found.treated, found.unit)))
    return joined.groupby(keys)["value"].mean().reset_index()[list(rows.columns)]
