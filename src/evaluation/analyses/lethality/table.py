"""How many of the people shot died, by year: treated sector, donors, rest of the city."""

import pandas as pd

from evaluation.analyses.staggered.table import size_note
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table, interval
from evaluation.study.study import Study

SECTORS = ("treated", "donors", "city")


def lethality(
    study: Study,
    language: Language,
    *,
    lethality: pd.DataFrame,
    contrasts: pd.DataFrame,
    joint_sizes: pd.DataFrame,
) -> Table:
    """A row per year, then before and after treatment; share and exact interval by set of sectors.

    The test of the change against the donors is in the note.
    """
    spans = sorted(set(lethality["span"]) - {"pre", "post"})
    spans += [span for span in ("pre", "post") if span in set(lethality["span"])]
    known = lethality.set_index(["span", "sectors"]).sort_index()
    keys = ("fatal", "non_fatal", "share", "ci_low", "ci_high")
    rows = [
        {"span": _span(study, language, span)}
        | {f"{key}_{name}": known.loc[(span, name), key] for name in SECTORS for key in keys}
        for span in spans
    ]
    names = ["span", *(f"{key}_{name}" for name in SECTORS for key in keys)]
    return Table(
        name="lethality",
        frame=pd.DataFrame(rows, columns=names),
        columns=_columns(study, language),
        title=language("table.lethality.title"),
        note=_note(study, language, lethality, contrasts, joint_sizes),
        sums=Sums(outcome="", cells=("span",)),
    )


def _span(study: Study, language: Language, span: str) -> str:
    if span.isdigit():
        return span
    months = study.pre_period if span == "pre" else study.window[study.primary.window]
    return language(f"table.lethality.{span}", span=language.span(months))


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    level = language.number(100 * study.level, 0)
    columns = [Column(("span",), language("table.lethality.span"), "label")]
    for name in SECTORS:
        sectors = study.treated if name == "treated" else language(f"comparison.{name}")
        columns += [
            *(
                Column(
                    (f"{key}_{name}",),
                    language(f"table.lethality.{key}", sectors=sectors),
                    "integer",
                    csv_only=name != "treated",
                    counts=name == "treated",
                )
                for key in ("fatal", "non_fatal")
            ),
            Column(
                (f"share_{name}",),
                language("table.lethality.share", sectors=sectors),
                "percent",
            ),
            interval(
                language,
                (f"ci_low_{name}", f"ci_high_{name}"),
                language("table.lethality.interval", sectors=sectors, level=level),
            ),
        ]
    return tuple(columns)


def _note(
    study: Study,
    language: Language,
    lethality: pd.DataFrame,
    contrasts: pd.DataFrame,
    joint_sizes: pd.DataFrame,
) -> str:
    if lethality.empty:
        return language("table.lethality.none")
    row = contrasts.set_index("contrast").loc["lethality"]
    note = language("table.lethality.note", treated=study.treated)
    if row["reason"]:
        return f"{note} {language('outcomes.reason.' + row['reason'])}."
    return f"{note} {size_note('lethality', joint_sizes, language)}"
