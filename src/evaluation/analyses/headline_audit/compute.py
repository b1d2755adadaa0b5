"""The published claim, held against the raw figures under every definition."""

import math

import pandas as pd

from evaluation.analyses.headline_audit.contract import HeadlineAudit
from evaluation.inference.ratio import ratio_of_ratios
from evaluation.panel.periods import months_present
from evaluation.study.contract import from_rows
from evaluation.study.months import month_range
from evaluation.study.study import Study


def headline_audit(study: Study, *, all_months: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`HeadlineAudit` rows: each outcome × baseline × comparison set, follow-up as claimed.

    Baselines are the claimed year and each earlier year that is covered and complete. Comparisons
    are the donors and the city without the treated sector. Where the claimed years themselves are
    not covered, or not complete, a claim is one row that says which month lacks; an outcome of
    which no claim speaks is left out.

    Parameters
    ----------
    all_months : `Panel` rows at least to the last year that a claim names
    units : `Units` rows
    """
    roles = units.set_index("sector")["role"]
    sets = {
        "donors": sorted(roles.index[roles == "donor"]),
        "city": sorted(roles.index[roles != "treated"]),
    }
    years = sorted({(claim.baseline, claim.follow_up) for claim in study.said.published_claims})
    claims = {
        (claim.outcome, claim.baseline, claim.follow_up): claim.change
        for claim in study.said.published_claims
    }
    rows = []
    for baseline, follow_up in years:
        for outcome in study.outcomes:
            totals = _yearly_totals(all_months, outcome)
            claimed = claims.get((outcome, baseline, follow_up), math.nan)
            keys = {"outcome": outcome, "follow_up": follow_up, "lacking": ""}
            if baseline not in totals or follow_up not in totals:
                if not math.isnan(claimed):
                    lacking = _lacking(all_months, outcome, (baseline, follow_up))
                    rows.append(keys | _not_covered(baseline, claimed, lacking))
                continue
            for base in (year for year in totals if year <= baseline):
                for name, members in sets.items():
                    row = _compare(totals[base], totals[follow_up], members, study)
                    held = _verdict(
                        row["treated_change"], claimed if base == baseline else math.nan
                    )
                    rows.append(keys | {"baseline": base, "comparison": name} | row | held)
    return from_rows(rows, HeadlineAudit)


def _yearly_totals(panel: pd.DataFrame, outcome: str) -> dict[str, pd.Series]:
    """Events by sector, for each year with all twelve months covered and complete."""
    rows = panel[(panel["outcome"] == outcome) & panel["covered"] & panel["complete"]]
    rows = rows.assign(year=rows["month"].str[:4])
    whole = [
        str(year)
        for year, found in rows.groupby("year")
        if months_present(found).issuperset(month_range(f"{year}-01", f"{year}-12"))
    ]
    totals = rows.groupby(["year", "sector"])["count"].sum().astype(int)
    return {year: totals[year] for year in whole}


def _lacking(panel: pd.DataFrame, outcome: str, years: tuple[str, str]) -> str:
    """The first month of two years that the outcome does not cover, or not completely."""
    rows = panel[(panel["outcome"] == outcome) & panel["covered"] & panel["complete"]]
    wanted = [month for year in years for month in month_range(f"{year}-01", f"{year}-12")]
    return min(set(wanted) - months_present(rows))


def _not_covered(baseline: str, claimed: float, lacking: str) -> dict:
    """The row of a claim that nothing can be held against; the comparison is the wider one."""
    keys = {"baseline": baseline, "comparison": "city", "lacking": lacking}
    return keys | {"published": claimed, "reproduced": "not covered"}


def _compare(before: pd.Series, after: pd.Series, members: list[str], study: Study) -> dict:
    cells = [
        int(before[study.treated]),
        int(after[study.treated]),
        int(before[members].sum()),
        int(after[members].sum()),
    ]
    ratio, low, high = ratio_of_ratios(*cells, study.level)
    change = lambda old, new: 100 * (new / old - 1) if old else float("nan")  # noqa: E731
    return {
        "treated_before": float(cells[0]),
        "treated_after": float(cells[1]),
        "treated_change": change(cells[0], cells[1]),
        "comparison_before": float(cells[2]),
        "comparison_after": float(cells[3]),
        "comparison_change": change(cells[2], cells[3]),
        "rate_ratio": ratio,
        "ci_low": low,
        "ci_high": high,
    }


def _verdict(change: float, claimed: float) -> dict:
    """Whether the raw change rounds to the claim; a year without events has no change to round."""
    if math.isnan(claimed):
        return {"published": claimed, "reproduced": "not claimed"}
    reproduced = not math.isnan(change) and round(change) == claimed
    return {"published": claimed, "reproduced": "yes" if reproduced else "no"}
