"""From raw rows to counted events: nothing read is unaccounted for."""

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table
from evaluation.sources.shipped_contract import FLOW_REASONS
from evaluation.study.study import Study

# In the order in which a row can fall out.
OTHER_YEARS = 1
ROLES = ("treated", "donor", "excluded")
OF_FEW = ("treated", "excluded")  # events of one sector, or of as few as are excluded
UNFOLDED = ("primary", "firearm", "secondary")  # outcomes whose years the page shows
SHORT = {reason: reason.replace(" ", "_") for reason in FLOW_REASONS}


def data_flow(
    study: Study,
    language: Language,
    *,
    data_flow: pd.DataFrame,
    all_months: pd.DataFrame,
    units: pd.DataFrame,
) -> Table:
    """Raw rows by source and year, then by outcome and year: read, left out by reason, counted.

    With the counted rows of an outcome come the panel's events in the treated sector, the donors
    and the excluded sectors; `difference` is counted rows minus those events, and is 0 where every
    counted row reached the panel.
    """
    years = all_months["month"].str[:4].astype(int)
    # Clerical years (1906, 2033) are one row: they are outside the panel whatever they say.
    inside = data_flow["year"].between(years.min(), years.max()) | (data_flow["year"] == 0)
    flow = data_flow.assign(year=data_flow["year"].where(inside, OTHER_YEARS))
    known = [definition.name for definition in study.definitions]
    outcomes = [name for name in known if name in set(flow["outcome"])]
    sources = sorted(set(flow["source"]))
    labels = {name: language.outcome(study.definition(name)) for name in outcomes}
    full = {labels[name] for name in outcomes if study.definition(name).role in UNFOLDED}
    frame = pd.concat(
        [
            _rows(flow, "source", {name: name for name in sources}, language, None),
            _rows(flow, "outcome", labels, language, _events(all_months, units)),
        ],
        ignore_index=True,
    )
    frame["folded"] = ~(frame["name"].isin(full) | (frame["year"] == language("table.total")))
    return Table(
        name="data_flow",
        frame=frame,
        columns=_columns(language),
        title=language("table.data_flow.title"),
        note=language("table.data_flow.note", differences=language.number(_differences(frame), 0)),
        group="part",
        group_label=language("table.column.part"),
        folded="folded",
        sums=Sums("key", ("part", "year"), over="year", total="total"),
    )


def _columns(language: Language) -> tuple[Column, ...]:
    numbers = ("read", *SHORT.values(), *ROLES, "difference")
    return (
        Column(("name",), language("table.data_flow.name"), "label"),
        Column(("year",), language("table.column.year"), "label"),
        *(
            Column((key,), language(f"table.data_flow.{key}"), "integer", counts=key in OF_FEW)
            for key in numbers
        ),
    )


def _events(panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Events of the panel by outcome and year, one column per role."""
    rows = panel[panel["covered"]].merge(units[["sector", "role"]], on="sector")
    rows = rows.assign(year=rows["month"].str[:4].astype(int), count=rows["count"].astype(int))
    wide = rows.groupby(["outcome", "year", "role"])["count"].sum().unstack("role", fill_value=0)
    return wide.reindex(columns=list(ROLES), fill_value=0)


def _rows(
    flow: pd.DataFrame,
    key: str,
    labels: dict[str, str],
    language: Language,
    events: pd.DataFrame | None,
) -> pd.DataFrame:
    """One row for each name × year, and the name's total over years below them."""
    reasons = list(SHORT.values())
    wide = flow.assign(reason=flow["reason"].map(SHORT)).pivot_table(
        index=[key, "year"], columns="reason", values="rows", aggfunc="sum", fill_value=0
    )
    wide = wide.reindex(columns=reasons, fill_value=0)
    if events is not None:
        # Rows without a date, or dated outside the panel, have no events of the panel: zero.
        wide = wide.join(events.rename_axis([key, "year"])).fillna(0)
    years_apart = {
        0: language("table.data_flow.no_year"),
        OTHER_YEARS: language("table.data_flow.other_years"),
    }
    frames = []
    for name, label in labels.items():
        years = wide.loc[[name]].droplevel(0).sort_index()
        total = years.sum().to_frame().T
        names = [years_apart.get(year, str(year)) for year in years.index]
        rows = pd.concat([years, total], ignore_index=True)
        rows.insert(0, "year", [*names, language("table.total")])
        rows.insert(0, "name", label)
        rows = rows.assign(key=name, total=[*(False for _ in names), True])
        frames.append(rows)
    part = pd.concat(frames, ignore_index=True).reindex(
        columns=["key", "total", "name", "year", *reasons, *ROLES]
    )
    part.insert(4, "read", part[reasons].sum(axis=1))
    # Null by source: two files can hold events of one year.
    part["difference"] = part["counted"] - part[list(ROLES)].sum(axis=1, skipna=False)
    part.insert(0, "part", language(f"table.data_flow.by_{key}"))
    return part


def _differences(frame: pd.DataFrame) -> int:
    return int((frame["difference"].fillna(0) != 0).sum())
