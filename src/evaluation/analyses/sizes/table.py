"""How often the test that decides errs in each world without an effect, and which worlds decide."""

import pandas as pd

from evaluation.analyses.power.table import null_name
from evaluation.calibration.null_worlds import SHOCK, WORLDS, worlds
from evaluation.calibration.thresholds import TAIL, VALID, accepted
from evaluation.calibration.value_worlds import OTHERS, value_worlds
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study


def sizes(study: Study, language: Language, *, sizes: pd.DataFrame) -> Table:
    """One row for each world and strength, in the order of `null_worlds`: the primary analysis.

    Sizes and tails are shares with their Monte Carlo standard error; `panel_p` is the p-value with
    which the panel contradicts the world. Worlds that it does not contradict decide.
    """
    rows = study.primary.tested(sizes)
    drifts = study.calibration.drifts
    every = (*worlds(drifts), *WORLDS)
    if not study.scale().counted:
        every = (*value_worlds(drifts), *OTHERS)
    order = {(world.name, world.strength): place for place, world in enumerate(every)}
    places = [order[row.world, row.strength] for row in rows.itertuples()]
    rows = rows.iloc[sorted(range(len(rows)), key=places.__getitem__)]
    inside = accepted(rows)
    frame = pd.DataFrame(
        {
            "world": [world_name(row.world, row.strength, language) for row in rows.itertuples()],
            "size": rows["size"],
            "error": rows["standard_error"],
            "low": rows["low"],
            "high": rows["high"],
            "panel_p": rows["panel_p"],
            "decides": [
                language(f"table.sizes.decides.{_part(row.world, row.decides)}")
                for row in rows.itertuples()
            ],
            "accepted": [language(f"table.sizes.{'yes' if one else 'no'}") for one in inside],
            "draws": rows["draws"],
        }
    ).reset_index(drop=True)
    shares = dict(zip(("low", "high", "tail_low", "tail_high"), (*VALID, *TAIL), strict=True))
    return Table(
        name="sizes",
        frame=frame,
        columns=_columns(language),
        title=language(
            "table.sizes.title", test=language.inline(language(f"test.{study.primary.test}"))
        ),
        note=language(
            "table.sizes.note", **{key: language.number(100 * x, 1) for key, x in shares.items()}
        ),
    )


def world_name(world: str, strength: float, language: Language) -> str:
    """`Drift 0.1 a year`, or a world that the tests do not know, with its strength."""
    if world == "fitted" or world.removeprefix("drift ")[0].isdigit():
        return null_name(world, language)
    if world == SHOCK:
        return language("table.sizes.world.shock", strength=f"{strength:+g}".replace("-", "−"))
    strength = 100 * strength if world == "zeros" else strength
    return language(f"table.sizes.world.{world}", strength=f"{strength:g}")


def _part(world: str, decides: bool) -> str:
    if world == SHOCK:
        return "never"
    return "yes" if decides else "no"


def _columns(language: Language) -> tuple[Column, ...]:
    def label(key: str) -> str:
        return language(f"table.sizes.{key}")

    return (
        Column(("world",), label("world")),
        Column(
            ("size", "error"),
            label("size"),
            "plus_minus",
            3,
            parts=(language("table.inference.size_part"), language("table.inference.error_part")),
        ),
        Column(("low",), label("low"), "decimal", 3),
        Column(("high",), label("high"), "decimal", 3),
        Column(("panel_p",), label("panel_p"), "p"),
        Column(("decides",), label("decides")),
        Column(("accepted",), label("accepted")),
        Column(("draws",), language("table.power.draws"), "integer", csv_only=True, counts=False),
    )
