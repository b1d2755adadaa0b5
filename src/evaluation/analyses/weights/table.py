"""Which donors make up the comparison sector, and how well the weights are determined."""

import pandas as pd

from evaluation.inference.contract import CROSS_CHECK
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.views import SHOWN_WEIGHT
from evaluation.sources.shipped_contract import REDRAWN
from evaluation.study.study import Study


def weights(
    study: Study,
    language: Language,
    *,
    weights: pd.DataFrame,
    solutions: pd.DataFrame,
    sectors: pd.DataFrame,
    estimates: pd.DataFrame,
) -> Table:
    """Donor weights in the treated sector's comparison for the primary outcome, by estimator.

    Donors are in the order of their weight under the primary estimator; below them, for each
    estimator, effective donors, the weight on sectors that the 2016 map drew differently, the
    certified optimality gap, uniqueness, and the difference to the cross-check library.
    """
    outcome = study.primary.outcome
    mine = weights[(weights["outcome"] == outcome) & (weights["unit"] == study.treated)]
    solved = set(solutions.loc[solutions["outcome"] == outcome, "estimator"])
    names = [name for name in study.estimators if name in solved]
    mine = mine[mine["estimator"].isin(names)]
    wide = mine.pivot(index="donor", columns="estimator", values="weight").reindex(columns=names)
    wide = wide.fillna(0.0).rename_axis("sector").reset_index()
    about = [column for column in ("alcaldia", "overlap_2016") if column in sectors]
    wide = wide.merge(sectors[["sector", *about]], on="sector", how="left")
    shown = wide[(wide[names] >= SHOWN_WEIGHT).any(axis=1)]
    shown = shown.sort_values([*names, "sector"], ascending=[False] * len(names) + [True])
    frame = pd.concat(
        [
            shown.assign(part=language("table.weights.donors")),
            _diagnostics(study, language, wide, names, solutions, estimates),
        ],
        ignore_index=True,
    )
    return Table(
        name="weights",
        frame=frame,
        columns=_columns(language, names, about),
        title=language(
            "table.weights.title",
            treated=study.treated,
            outcome=language.inline(language.outcome(study.definition(outcome))),
        ),
        note=language(
            "table.weights.note" if study.has("old_map") else "table.weights.note_plain",
            redrawn=language.number(REDRAWN, 2),
            smallest=language.number(SHOWN_WEIGHT, 3),
        ),
        group="part",
        group_label=language("table.column.part"),
    )


def _columns(language: Language, names: list[str], about: list[str]) -> tuple[Column, ...]:
    of_units = {
        "alcaldia": Column(("alcaldia",), language("table.column.alcaldia")),
        "overlap_2016": Column(("overlap_2016",), language("table.weights.overlap"), "decimal", 3),
    }
    return (
        Column(("sector",), language("table.column.sector")),
        *(of_units[name] for name in about),
        *(Column((name,), language(f"estimator.{name}"), "any", counts=False) for name in names),
    )


def _diagnostics(
    study: Study,
    language: Language,
    wide: pd.DataFrame,
    names: list[str],
    solutions: pd.DataFrame,
    estimates: pd.DataFrame,
) -> pd.DataFrame:
    outcome = study.primary.outcome
    own = solutions[(solutions["outcome"] == outcome) & (solutions["unit"] == study.treated)]
    own = own.set_index("estimator").reindex(names)
    check = _cross_check(study, estimates)
    rows: dict[str, list] = {
        "effective": list(own["effective_donors"]),
        **_redrawn(wide, names),
        "objective": list(own["objective"]),
        "kkt": list(own["kkt_residual"]),
        "unique": [bool(value) if pd.notna(value) else None for value in own["unique"]],
    }
    for key, difference in check.items():
        rows[key] = [difference if name == "synthetic_control" else None for name in names]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=names, dtype=object)
    frame.insert(0, "sector", [language(f"table.weights.{key}") for key in rows])
    return frame.assign(part=language("table.weights.solution"), alcaldia="")


def _redrawn(wide: pd.DataFrame, names: list[str]) -> dict[str, list[float]]:
    """The weight on units that an older map drew differently, where there is one."""
    if "overlap_2016" not in wide:
        return {}
    redrawn = wide["overlap_2016"] < REDRAWN
    return {"redrawn": [float(wide.loc[redrawn, name].sum()) for name in names]}


def _cross_check(study: Study, estimates: pd.DataFrame) -> dict[str, float]:
    """Own minus library, in the primary window: fit error before and effect after treatment."""
    rows = estimates[
        (estimates["outcome"] == study.primary.outcome)
        & (estimates["window"] == study.primary.window)
    ]
    own = rows[rows["estimator"] == "synthetic_control"]
    library = rows[rows["estimator"] == CROSS_CHECK]
    if own.empty or library.empty:
        return {}
    return {
        "check_rmspe": float(own["pre_rmspe"].iloc[0] - library["pre_rmspe"].iloc[0]),
        "check_effect": float(own["effect"].iloc[0] - library["effect"].iloc[0]),
    }
