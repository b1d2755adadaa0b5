"""The rows of results that the explorer shows by outcome, estimator, window and test."""

import math

import numpy as np
import pandas as pd

from evaluation.page.disclosure import withhold
from evaluation.page.effect_scale import written
from evaluation.page.explorer import Rows, rounded
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table
from evaluation.page.views import alike, on_scale
from evaluation.page.wording import doubt_text
from evaluation.panel.periods import RATE
from evaluation.study.months import month_range, period_of
from evaluation.study.study import FREQUENCIES, Study

FIT, CELL = ("outcome", "estimator"), ("outcome", "estimator", "window")
SAME = ("outcome", "estimator", "window", "test", "p", "smallest_p", "calibrated", "lane")
SHARED = {name: name for name in SAME} | {"unit": "sector", "donor_rule": "donors"}
REACH = float(np.log(16))  # of an axis of effects on the log scale, each way
FAR = 4  # times the 90% quantile: where an axis of other scores ends
NUMBER, VALUE, P = ("number", 1, False), ("value", 0, False), ("p", 3, False)


def heading(language: Language, name: str) -> str:
    """What a column is called: as in the tables of the report, where they have it."""
    name = name.removesuffix("_text")
    shared = f"table.column.{SHARED.get(name, name)}"
    return language(shared if name in SHARED else f"explorer.column.{name}")


def shown_outcomes(study: Study) -> list[str]:
    """Those whose effects have the primary one's scale."""
    return alike(study, study.outcomes)


def periods(study: Study, paths: pd.DataFrame) -> list[str]:
    """Every period from the first of the paths to the last, in order."""
    length = FREQUENCIES[study.frequency]
    months = month_range(paths["period"].min(), paths["period"].max())
    return [month for month in months if period_of(month, length) == month]


def effect_format(study: Study) -> tuple[str, int, bool]:
    return ("percent", 1, True) if study.scale().counted else ("value", 0, True)


def kept_rows(
    study: Study,
    language: Language,
    frame: pd.DataFrame,
    counts: tuple[str, ...],
    numbers: tuple[str, ...],
    sums: Sums,
) -> pd.DataFrame:
    """The rows with their `numbers` null where a small count is withheld (`page/disclosure.py`).

    counts : columns of events of one unit, null themselves where they are withheld
    """
    frame = frame.reset_index(drop=True)
    columns = tuple(
        Column((key,), key, "decimal", 1, counts=key in counts) for key in (*counts, *numbers)
    )
    shown = withhold(Table("explorer", frame, columns, "", "", sums=sums), study, language).frame
    read = {key: pd.to_numeric(shown[key], errors="coerce") for key in (*counts, *numbers)}
    return shown.assign(**read)


def path_rows(study: Study, language: Language, paths: pd.DataFrame) -> dict[str, Rows]:
    """Rates of the treated unit and gaps of every unit, by period; and the end of their axis."""
    every = periods(study, paths)
    rows = paths[paths["outcome"].isin(shown_outcomes(study))]
    rate = RATE / rows["exposure"]
    rows = rows.assign(observed=rate * rows["observed"], expected=rate * rows["counterfactual"])
    rows["gap"] = rows["observed"] - rows["expected"]
    series, gaps, ends = {}, {}, {}
    for key, found in rows.groupby(list(FIT), sort=True):
        name = "|".join(key)
        wide = found.pivot(index="unit", columns="period", values="gap").reindex(columns=every)
        own = found[found["unit"] == study.treated].set_index("period").reindex(every)
        series[name] = [
            [place, *map(rounded, own[column])]
            for place, column in enumerate(("observed", "expected"))
        ]
        ends[name] = [_axis_end(wide, study.treated)]
        fine = max(0, 2 - math.floor(math.log10(ends[name][0][0])))  # to a hundredth of the axis
        gaps[name] = [
            [unit, *(rounded(value, fine) for value in values)] for unit, values in wide.iterrows()
        ]
    labels = [("observed", language("figure.observed", treated=study.treated))]
    labels += [("expected", language("figure.counterfactual"))]
    kind = NUMBER if study.scale().counted else VALUE
    signed = (*kind[:2], True)
    return {
        "paths": Rows(
            FIT, ("series", "rate"), series, {"series": labels}, {"rate": kind}, long=True
        ),
        "gaps": Rows(FIT, ("unit", "gap"), gaps, formats={"gap": signed}, long=True),
        "ends": Rows(FIT, ("end", "leaving"), ends),
    }


def _axis_end(gaps: pd.DataFrame, treated: str) -> list:
    """Half the height of the axis (all of the treated unit, 95% of the placebos' points), and how
    many placebos leave it."""
    sizes = gaps.abs()
    others = sizes.drop(index=treated)
    needed = 1.1 * float(sizes.loc[treated].max())
    if others.notna().any(axis=None):
        needed = max(needed, float(np.nanquantile(others.to_numpy(), 0.95)))
    end = rounded(needed) or 1
    return [end, int((others > end).any(axis=1).sum())]


def window_rows(study: Study, language: Language, every: list[str]) -> Rows:
    """From where to where each window reaches among the periods, and its months."""
    rows = {}
    for name, _ in study.post_windows:
        span = study.window[name]
        inside = [place for place, period in enumerate(every) if span.first <= period <= span.last]
        rows[name] = [[inside[0] - 0.5, inside[-1] + 0.5, language.span(span)]] if inside else []
    return Rows(("window",), ("first", "last", "span"), rows)


def estimate_rows(study: Study, language: Language, estimates: pd.DataFrame) -> Rows:
    """Every row of `estimates` of an estimator with paths."""
    rows = estimates[estimates["outcome"].isin(shown_outcomes(study))]
    rows = rows[rows["estimator"].isin(study.every_estimator)]
    ordered = dict.fromkeys([*study.tests, *study.baselines, *sorted(rows["inference"])])
    tests = [test for test in ordered if (rows["inference"] == test).any()]
    rows = on_scale(study, rows.assign(place=rows["inference"].map(tests.index)))
    numbers = ("shown", "ci_low", "ci_high", "shown_low", "shown_high", "counterfactual")
    numbers = (*numbers, "p_value", "smallest_p")
    sums = Sums("outcome", ("estimator", "window", "inference"))
    rows = kept_rows(study, language, rows, ("observed",), numbers, sums)
    rows = rows.sort_values([*CELL, "place"])
    found: dict[str, list] = {}
    for row in rows.to_dict("records"):
        found.setdefault("|".join(row[name] for name in CELL), []).append(
            [
                row["place"],
                rounded(row["shown"], 1 if study.scale().counted else None),
                _interval(study, language, row),
                rounded(row["p_value"], 6),
                rounded(row["smallest_p"], 6),
                language(f"calibrated.{row['calibrated']}"),
                _remark(language, row),
                rounded(row["observed"], 0 if study.scale().counted else None),
                rounded(row["counterfactual"], 1 if study.scale().counted else None),
                int(row["n_donors"]),
                rounded(row["effective_donors"], 1),
                language(f"lane.{row['lane']}"),
            ]
        )
    whole = ("number", 0, False) if study.scale().counted else VALUE
    return Rows(
        CELL,
        (
            *("test", "effect", "interval", "p", "smallest_p", "calibrated", "remark", "observed"),
            *("expected", "donors", "effective", "lane"),
        ),
        found,
        {"test": [(test, language(f"test.{test}")) for test in tests]},
        {
            "effect": effect_format(study),
            "p": P,
            "smallest_p": P,
            "observed": whole,
            "expected": NUMBER if study.scale().counted else VALUE,
            "donors": ("number", 0, False),
            "effective": NUMBER,
        },
    )


def _interval(study: Study, language: Language, row: dict) -> str:
    """The interval on the scale of its test; a dash without one."""
    scale = written(study, language, row["outcome"])
    if np.isnan(row["ci_low"]) or np.isnan(row["ci_high"]):
        return "–"
    if row["scale"] == scale.scale.interval:
        return interval_text(study, language, row)
    if row["scale"] != "rate":
        return "–"
    ends = [language.number(row[key], signed=True) for key in ("ci_low", "ci_high")]
    return language("explorer.rate_interval", low=ends[0], high=ends[1])


def interval_text(study: Study, language: Language, row: dict) -> str:
    """The ends `shown_low` and `shown_high`; of values without their unit, which the axes name."""
    scale = written(study, language)
    ends = [
        scale.effect(row[key], 1) if scale.scale.counted else language.value(row[key], True)
        for key in ("shown_low", "shown_high")
    ]
    return language("table.interval", low=ends[0], high=ends[1])


def _remark(language: Language, row: dict) -> str:
    parts = [language(f"reason.{row['reason']}")] if row["reason"] else []
    parts += [doubt_text(row["doubt"], language)] if row["doubt"] else []
    parts += [] if row.get("unique", True) else [language("figure.several")]
    return "; ".join(parts)


def score_rows(study: Study, language: Language, placebos: pd.DataFrame) -> Rows:
    """How unusual the treated unit is by each score: every unit as if it had been treated.

    `…_x` is where a score is drawn: within its axis.
    """
    scale = study.scale()
    rows = placebos[placebos["outcome"].isin(shown_outcomes(study))]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (rows["observed"] / rows["counterfactual"]).where(rows["counterfactual"] > 0)
        rows = rows.assign(effect_percent=100 * (ratio - 1))
        rows["effect"] = scale.shown_effect(rows)
        drawn = np.log(ratio).clip(-REACH, REACH) if scale.counted else rows["effect"]
    rows["effect_x"] = drawn
    numbers = ("effect", "effect_x", "z", "rmspe_ratio", "gap")
    sums = Sums("outcome", ("estimator", "window", "unit"))
    rows = kept_rows(study, language, rows, ("observed",), numbers, sums)
    found = {}
    for key, group in rows.sort_values("unit").groupby(list(CELL), sort=True):
        columns = [
            group["unit"],
            group["treated"].astype(int),
            [rounded(value, 1 if scale.counted else None) for value in group["effect"]],
            [rounded(value, 3 if scale.counted else None) for value in group["effect_x"]],
            [rounded(value, 2) for value in group["z"]],
            [rounded(value, 2) for value in _capped(group["z"])],
            [rounded(value, 2) for value in group["rmspe_ratio"]],
            [rounded(value, 2) for value in _capped(group["rmspe_ratio"])],
            [rounded(value) for value in group["gap"]],
            [rounded(value) for value in _capped(group["gap"])],
        ]
        found["|".join(key)] = [list(row) for row in zip(*columns, strict=True)]
    kinds = [("placebo", language("explorer.kind.placebo")), ("treated", study.treated)]
    return Rows(
        CELL,
        (
            *("unit", "kind", "effect", "effect_x", "z", "z_x", "ratio", "ratio_x"),
            *("gap", "gap_x"),
        ),
        found,
        {"kind": kinds},
        {
            "effect": effect_format(study),
            "z": ("number", 2, True),
            "ratio": ("number", 2, False),
            "gap": ("number", 1, True) if scale.counted else ("value", 0, True),
        },
    )


def _capped(values: pd.Series) -> pd.Series:
    """Values within `FAR` times the 90% quantile of their sizes."""
    end = FAR * values.abs().quantile(0.9)
    return values.clip(-end, end)


def score_of(study: Study, test: str) -> str:
    """The score in `placebos` that a test ranks; of another test the effects are shown."""
    plain = test.removesuffix("_calibrated")
    known = {study.scale().ferman_pinto: "z", "permutation_rmspe": "ratio"}
    return (known | {"permutation_raw": "gap"}).get(plain, "effect")
