"""The published claim against the raw figures, under every definition."""

import pandas as pd

from evaluation.analyses.headline_audit.claims import ClaimCheck, check_claims
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table, interval
from evaluation.study.study import Study


def headline_audit(study: Study, language: Language, *, headline_audit: pd.DataFrame) -> Table:
    """Percent changes of the treated sector and of each comparison, by outcome and baseline.

    Per outcome the claimed baseline comes first, then earlier ones; those of outcomes of which no
    claim speaks are in the CSV alone. The note says which definition gives a published figure that
    its own does not. The interval of the ratio of ratios holds only for Poisson counts.
    """
    claimed = {claim.baseline for claim in study.said.published_claims}
    order = {name: place for place, name in enumerate(study.outcomes)}
    frame = headline_audit.assign(
        place=headline_audit["outcome"].map(order),
        earlier=~headline_audit["baseline"].isin(claimed),
    ).sort_values(["place", "earlier", "baseline", "follow_up", "comparison"])
    shown = {study.primary.outcome, *(claim.outcome for claim in study.said.published_claims)}
    frame = frame.assign(
        folded=frame["earlier"] & ~frame["outcome"].isin(shown),
        part=[language.outcome(study.definition(name)) for name in frame["outcome"]],
        years=frame["baseline"] + " → " + frame["follow_up"],
        comparison=[language(f"comparison.{name}") for name in frame["comparison"]],
        reproduced=[language(f"table.reproduced.{answer}") for answer in frame["reproduced"]],
    ).reset_index(drop=True)
    return Table(
        name="headline_audit",
        frame=frame,
        columns=_columns(study, language),
        title=language("table.headline_audit.title", treated=study.treated),
        note=_note(study, language, headline_audit),
        group="part",
        group_label=language("table.column.outcome"),
        folded="folded",
        sums=Sums(cells=("years", "comparison")),
    )


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    ends = (language("table.column.before"), language("table.column.after"))
    level = language.number(100 * study.level, 0)
    return (
        Column(("years",), language("table.column.years"), "label"),
        Column(("comparison",), language("table.headline_audit.against"), "label"),
        Column(
            ("treated_before", "treated_after"), study.treated, "change", parts=ends, counts=True
        ),
        Column(
            ("treated_change",),
            language("table.headline_audit.change", unit=study.treated),
            "effect",
            1,
        ),
        Column(
            ("comparison_before", "comparison_after"),
            language("table.column.comparison"),
            "change",
            parts=ends,
            counts=False,
        ),
        Column(
            ("comparison_change",),
            language(
                "table.headline_audit.change", unit=language("table.headline_audit.comparison")
            ),
            "effect",
            1,
        ),
        Column(("rate_ratio",), language("table.headline_audit.ratio"), "decimal", 2),
        interval(
            language,
            ("ci_low", "ci_high"),
            language("table.headline_audit.interval", level=level),
            2,
        ),
        Column(("published",), language("table.headline_audit.published"), "effect", 0),
        Column(("reproduced",), language("table.headline_audit.reproduced")),
        Column(("lacking",), language("table.headline_audit.lacking"), csv_only=True),
    )


def _note(study: Study, language: Language, audit: pd.DataFrame) -> str:
    sentences = [_claim_text(check, study, language) for check in check_claims(study, audit)]
    for key in dict.fromkeys(claim.source for claim in study.said.published_claims if claim.source):
        document = study.said.document(key)
        sentences.append(
            language(
                "table.headline_audit.source", citation=document.citation, address=document.address
            )
        )
    sentences.append(language("table.headline_audit.note"))
    return " ".join(filter(None, sentences))


def _claim_text(check: ClaimCheck, study: Study, language: Language) -> str:
    def with_change(name: str, change: float) -> str:
        label = language.outcome(study.definition(name))
        return language(
            "table.headline_audit.with_change",
            outcome=language.inline(label),
            change=language.percent(change, 1, signed=True),
        )

    values = {
        "published": language.percent(check.claim.change, 0, signed=True),
        "years": f"{check.claim.baseline} → {check.claim.follow_up}",
        "claimed": language.inline(language.outcome(study.definition(check.claim.outcome))),
    }
    if check.own is None:
        values["month"] = language.month(check.lacking)
        return language("table.headline_audit.claim_not_covered", **values)
    if check.reproduced:  # as its row says
        return ""
    if not check.others:
        own = with_change(check.claim.outcome, check.own)
        return language("table.headline_audit.claim_nowhere", own=own, **values)
    found = language.listing([with_change(name, change) for name, change in check.others])
    return language("table.headline_audit.claim_elsewhere", found=found, **values)
