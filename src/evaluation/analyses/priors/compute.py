"""The primary interval under several priors, and what would follow from each.

An interpretation beside the verdict, which stays what it is. The priors and the thresholds are
stated, not hashed, so nothing shows that they are older than the results.
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaluation.analyses.gate.compute import primary_row
from evaluation.analyses.priors.contract import Priors
from evaluation.inference.posterior import (
    Likelihood,
    Posterior,
    Prior,
    posterior,
    predictive,
    sampling_variance,
    spread_of,
    two_piece,
)
from evaluation.page.views import percent_of_log
from evaluation.study.contract import from_rows
from evaluation.study.literature import Literature, Published
from evaluation.study.study import Study

# Replications of published experiments found effects half as large on average (Camerer et al. 2018,
# Nature Human Behaviour 2: 637-644).
REPLICATED = 0.5


def priors(study: Study, *, estimates: pd.DataFrame) -> pd.DataFrame:
    """`Priors` rows, flat first; none where the study states no literature."""
    literature = study.said.literature
    if literature is None:
        return from_rows([], Priors)
    likelihood = primary_likelihood(study, estimates)
    rows = [
        {"prior": name, "studies": studies, "basis": basis}
        | _prior_columns(prior)
        | _posterior_columns(study, literature, likelihood, prior)
        for name, prior, studies, basis in _priors(literature)
    ]
    return from_rows(rows, Priors)


def primary_likelihood(study: Study, estimates: pd.DataFrame) -> Likelihood | None:
    """Of the primary estimate under the test that decides; None without a bounded interval."""
    row = primary_row(study, estimates)
    if row["scale"] != "log rate ratio":
        return None
    return two_piece(row["log_rate_ratio"], row["ci_low"], row["ci_high"], study.level)


def usable(literature: Literature) -> list[Published]:
    """The published effects that a prior may rest on: verified, and with an interval."""
    return [one for one in literature.effects if one.verified and one.has_interval]


def literature_prior(literature: Literature) -> tuple[Prior | None, int, str]:
    """The predictive distribution for a new place, on how many effects it rests, and on what.

    `intervals` where enough verified effects have one; else `points`, the spread of verified
    effects themselves. None where there are too few of either.
    """
    found = usable(literature)
    prior = _with_intervals(found)
    if prior is not None:
        return prior, len(found), "intervals"
    verified = (one.effect for one in literature.effects if one.verified)
    points = [effect for effect in verified if not math.isnan(effect)]
    prior = spread_of([math.log1p(effect / 100) for effect in points])
    return prior, len(found) if prior is None else len(points), "" if prior is None else "points"


def _with_intervals(found: list[Published]) -> Prior | None:
    ends = [(math.log1p(one.ci_low / 100), math.log1p(one.ci_high / 100)) for one in found]
    return predictive(
        [math.log1p(one.effect / 100) for one in found],
        [sampling_variance(*pair, one.level / 100) for pair, one in zip(ends, found, strict=True)],
    )


def _priors(literature: Literature) -> Iterator[tuple[str, Prior | None, int, str]]:
    yield "flat", Prior(0.0, math.inf), 0, ""
    yield "sceptical", Prior(0.0, literature.sceptical_sd), 0, ""
    prior, studies, basis = literature_prior(literature)
    yield "literature", prior, studies, basis
    half = None if prior is None else Prior(REPLICATED * prior.mean, prior.sd)
    yield "discounted", half, studies, basis


def _prior_columns(prior: Prior | None) -> dict[str, float]:
    known = prior is not None and math.isfinite(prior.sd)
    return {
        "prior_mean": prior.mean if known else np.nan,
        "prior_sd": np.nan if prior is None else prior.sd,
    }


def _posterior_columns(
    study: Study, literature: Literature, likelihood: Likelihood | None, prior: Prior | None
) -> dict[str, float | str]:
    if likelihood is None or prior is None:
        reason = "no interval" if likelihood is None else "few studies"
        return {"conclusion": "", "reason": reason}
    found = posterior(likelihood, prior)
    of_interest = found.below(math.log(study.smallest_effects[0]))
    return _middle(found, study.level) | {
        "fall": found.below(0.0),
        "fall_of_interest": of_interest,
        "rise": 1 - found.below(0.0),
        "conclusion": conclusion(of_interest, literature),
        "reason": "",
    }


def _middle(found: Posterior, level: float) -> dict[str, float]:
    shares = {"median": 0.5, "low": (1 - level) / 2, "high": (1 + level) / 2}
    return {
        f"{name}_percent": percent_of_log(found.quantile(share)) for name, share in shares.items()
    }


def conclusion(probability: float, literature: Literature) -> str:
    """What follows from the probability of a fall larger than the smallest of interest."""
    if probability >= literature.worthwhile:
        return "worthwhile"
    return "not worthwhile" if probability <= literature.not_worthwhile else "undecided"
