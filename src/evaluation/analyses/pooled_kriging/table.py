"""Programme sectors predicted from their own past, and what that test would have found."""

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table, interval
from evaluation.page.views import percent_of_log
from evaluation.page.wording import effect_interval
from evaluation.study.study import Study

TIMINGS = ("earliest", "latest")
PARTS = ("pooled", "permutation", "leave_one_out", "sector", "heterogeneity", "year", "absent")
LABELS = ("precision", "total", "equal")
PERMUTED = "poisson_imputation"
FALLS = {0.8: "power_20", 0.7: "power_30", 0.6: "power_40"}


def pooled_kriging(
    study: Study, language: Language, *, pooled_kriging: pd.DataFrame, staggered: pd.DataFrame
) -> Table:
    """Pooled, with today's pooled test under it; without each sector; each sector; each year.

    A study without further programme sectors has no row, and the note says so.
    """
    rows = _with_permutation(study, pooled_kriging, staggered)
    none = rows.empty
    note = "none" if none else "note"
    draws = 0 if none else int(rows["simulated"].max())
    return Table(
        name="pooled_kriging",
        frame=_frame(rows, study, language),
        columns=_columns(study, language),
        title=language("table.pooled_kriging.title"),
        note=language(
            f"table.pooled_kriging.{note}",
            treated=study.treated,
            draws=language.number(draws, 0),
            level=language.number(100 * study.level, 0),
        ),
        group="part",
        group_label=language("table.pooled_kriging.part"),
        folded="folded",
        # All but single sectors are sums of them, or of what they have in a year.
        sums=Sums(cells=("timing", "row"), over="row", total="total"),
    )


def _with_permutation(
    study: Study, pooled_kriging: pd.DataFrame, staggered: pd.DataFrame
) -> pd.DataFrame:
    """The rows in order, the headline of the pooled permutation test among them."""
    headline = staggered[
        (staggered["estimator"] == PERMUTED)
        & (staggered["summary"] == "simple")
        & staggered["outcome"].isin(pooled_kriging["outcome"])
    ]
    rows = pd.concat([pooled_kriging, headline.assign(part="permutation", simulated=0)])
    outcomes = study.robustness.scale_up.outcomes
    order = {name: place for place, name in enumerate(LABELS)}
    return rows.assign(
        outcome_place=rows["outcome"].map(outcomes.index),
        timing_place=rows["timing"].map(TIMINGS.index),
        part_place=rows["part"].map(PARTS.index),
        label_place=rows["label"].map(order).fillna(0),
    ).sort_values(["outcome_place", "timing_place", "part_place", "label_place", "label"])


def _frame(rows: pd.DataFrame, study: Study, language: Language) -> pd.DataFrame:
    first = (rows["outcome_place"] == 0) & (rows["timing_place"] == 0)
    always = rows["part"].isin(["permutation", "heterogeneity", "absent"])
    always |= (rows["part"] == "pooled") & (rows["label"] == LABELS[0])
    return pd.DataFrame(
        {
            "part": [
                language(
                    f"table.staggered.{row.timing}",
                    outcome=language.outcome(study.definition(row.outcome)),
                )
                for row in rows.itertuples()
            ],
            "folded": ~(first | always),
            "outcome": rows["outcome"],
            "timing": rows["timing"],
            "total": ~rows["part"].isin(["sector", "absent"]),
            "row": [_label(row, language) for row in rows.itertuples()],
            "sectors": rows["sectors"],
            "observed": rows["observed"],
            "expected": rows["expected"],
            "effect": rows["effect_percent"],
            "low": rows["ci_low"].map(percent_of_log),
            "high": rows["ci_high"].map(percent_of_log),
            "p": rows["p_value"],
            "smallest_p": rows["smallest_p"],
            "simulation_error": rows["simulation_error"],
            "normal_p": rows["normal_p"],
            "shrunk": rows["shrunk"].map(percent_of_log),
            "shrunk_low": rows["shrunk_low"].map(percent_of_log),
            "shrunk_high": rows["shrunk_high"].map(percent_of_log),
            "remark": [_remark(row, language) for row in rows.itertuples()],
        }
    ).reset_index(drop=True)


def _label(row, language: Language) -> str:
    if row.part == "pooled":
        return language(f"table.pooled_kriging.pooled.{row.label}")
    if row.part in ("sector", "absent"):
        return row.label
    return language(f"table.pooled_kriging.{row.part}", label=row.label)


def _remark(row, language: Language) -> str:
    if row.part == "absent" or row.part == "permutation" and row.reason:
        return language(f"scale_up.reason.{row.reason}")
    if row.reason:
        return language(f"reason.{row.reason}")
    if row.part == "heterogeneity":
        return language(
            "table.pooled_kriging.q",
            q=language.number(row.statistic, 1),
            tau=language.general(row.tau_squared),
        )
    return language("table.pooled_kriging.band") if row.part == "year" else ""


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str, **values) -> str:
        return language(f"table.pooled_kriging.{key}", **values)

    level = language.number(100 * study.level, 0)
    return (
        Column(("row",), label("row")),
        Column(("sectors",), label("sectors"), "integer", counts=False),
        Column(("observed",), label("observed"), "integer", counts=True),
        Column(("expected",), label("expected"), "decimal", 1),
        Column(("effect",), label("effect"), "effect", 0),
        effect_interval(study, language, ("low", "high")),
        Column(("p",), language("table.column.p"), "p"),
        Column(("smallest_p",), language("table.column.smallest_p"), "p", csv_only=True),
        Column(("simulation_error",), label("simulation_error"), "decimal", 4, csv_only=True),
        Column(("normal_p",), label("normal_p"), "p", csv_only=True),
        Column(("shrunk",), label("shrunk"), "effect", 0),
        interval(
            language,
            ("shrunk_low", "shrunk_high"),
            label("shrunk_interval", level=level),
            unit="percent",
            csv_only=True,
        ),
        Column(("remark",), label("remark")),
    )


def pooled_kriging_power(
    study: Study, language: Language, *, pooled_kriging_sizes: pd.DataFrame
) -> Table:
    """Size in each tail, power at three falls and the detectable fall, by world and test."""
    keys = ["timing", "test", "world"]
    records = [
        _power(dict(zip(keys, key, strict=True)), rows)
        for key, rows in pooled_kriging_sizes.groupby(keys)  # earliest, calibrated, drifts first
    ]
    frame = pd.DataFrame(records, columns=[*keys, *POWER])
    frame = frame.assign(
        part=[
            language(
                f"table.pooled_kriging_power.{row.timing}",
                test=language(f"table.pooled_kriging_power.test.{row.test}"),
            )
            for row in frame.itertuples()
        ],
        law=[_world(row.world, language) for row in frame.itertuples()],
    )
    empty = pooled_kriging_sizes.empty
    outcome = study.definition(study.robustness.scale_up.outcomes[0])
    return Table(
        name="pooled_kriging_power",
        frame=frame,
        columns=_power_columns(language),
        title=language("table.pooled_kriging_power.title"),
        note=language(
            "table.pooled_kriging_power." + ("none" if empty else "note"),
            outcome=language.inline(language.outcome(outcome)),
            panels=language.number(0 if empty else pooled_kriging_sizes["panels"].max(), 0),
            sets=0 if empty else int(pooled_kriging_sizes["sets"].max()),
        ),
        group="part",
        group_label=language("table.pooled_kriging_power.part"),
    )


POWER = ("size", "error", "left", "right", *FALLS.values(), "fall")


def _power(base: dict, rows: pd.DataFrame) -> dict:
    by_ratio = rows.set_index("rate_ratio")
    null = by_ratio.loc[1.0]
    return base | {
        "size": 100 * null["power"],
        "error": 100 * null["standard_error"],
        "left": 100 * null["low"],
        "right": 100 * null["high"],
        **{name: 100 * by_ratio.loc[ratio, "power"] for ratio, name in FALLS.items()},
        "fall": 100 * (null["detectable"] - 1),
    }


def _world(world: str, language: Language) -> str:
    name, _, drift = world.partition(" ")
    return language(f"table.pooled_kriging_power.world.{name}", drift=drift)


def _power_columns(language: Language) -> tuple[Column, ...]:
    def label(key: str) -> str:
        return language(f"table.pooled_kriging_power.{key}")

    return (
        Column(("law",), label("world")),
        Column(("size", "error"), label("size"), "plus_minus", 1, parts=("%", "±"), counts=False),
        Column(("left",), label("left"), "percent", 1),
        Column(("right",), label("right"), "percent", 1),
        *(Column((name,), label(name), "percent", 0, counts=False) for name in FALLS.values()),
        Column(("fall",), label("fall"), "effect", 0),
    )
