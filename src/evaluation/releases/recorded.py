"""Which estimates of a run are not in the ledger yet."""

import numpy as np
import pandas as pd

from evaluation.releases.contract import EstimateHistory
from evaluation.study.contract import as_contract, check
from evaluation.study.errors import InputError
from evaluation.study.files import rounded

# What an estimate is of; with all of these alike, the same code must give the same numbers.
IDENTITY = ["release", "lane", "look", "specification", "specification_hash"]
IDENTITY += ["inference", "data_vintage", "code_version"]
NUMBERS = ["observed", "counterfactual", "effect_percent", "log_rate_ratio"]
NUMBERS += ["ci_low", "ci_high", "ci_level", "p_value"]
MONITORING = "monitoring"
SEEN = ["look", "outcome", "estimator", "observed", "counterfactual", "effect_percent"]
SEEN += ["log_rate_ratio", "ci_low", "ci_high"]
ADDED = {"entry", "release", "look"}  # columns that a run's estimates need not have
ALIKE = 1e-9  # relative; the last digits depend on the machine


def further_estimates(
    known: pd.DataFrame, frame: pd.DataFrame, release: str, where: str
) -> pd.DataFrame:
    """The `EstimateHistory` rows of a run's `Estimates` that `known` does not have, in their order.

    Raises `InputError` for an estimate that is known with other numbers.
    """
    given = _entries(known, frame, release, where)
    keys = [_keys(table) for table in (known, given)]
    place = pd.Series(np.arange(len(known)), index=keys[0])
    fresh = ~keys[1].isin(keys[0])
    again = given[~fresh].reset_index(drop=True)
    before = known.iloc[place.reindex(keys[1][~fresh]).to_numpy(dtype=int)].reset_index(drop=True)
    alike = np.isclose(
        again[NUMBERS].to_numpy(), before[NUMBERS].to_numpy(), rtol=ALIKE, atol=0, equal_nan=True
    )
    if not alike.all():
        row, column = np.argwhere(~alike)[0]
        name = NUMBERS[column]
        raise InputError(
            f"{where}, {again.loc[row, 'specification']}, {again.loc[row, 'inference']}",
            f"{name} {again.loc[row, name]}, recorded as {before.loc[row, name]}",
            "the same number from the same code and figures",
            "Find what is not reproducible before anything is recorded.",
        )
    new = given[fresh].reset_index(drop=True)
    return new.assign(entry=np.arange(len(known) + 1, len(known) + len(new) + 1))


def refuse_other_figures(estimates: pd.DataFrame, vintage: str, where: str) -> None:
    """Raise `InputError` unless all estimates are of the figures of a vintage."""
    if strange := sorted(set(estimates["data_vintage"]) - {vintage}):
        raise InputError(
            where,
            f"estimates of the figures {strange[0]}",
            f"those of the figures at hand, {vintage}",
            "Make them again: `snakemake --forceall`.",
        )


def looks_as_estimates(
    looks: pd.DataFrame, estimates: pd.DataFrame, level: float, code_version: str
) -> pd.DataFrame:
    """The looks of the monitoring as rows for the ledger: lane `monitoring`, one row per look.

    Parameters
    ----------
    looks : rows of the analysis `monitoring`; those without numbers are left out
    estimates : `Estimates` rows of the same run, whose study and figures these are of
    level : of the repeated intervals
    code_version : digest of the code that made the looks

    A look has no p: it is held against the boundary of the plan.
    """
    taken = looks[looks["reason"] == ""]
    run = estimates.iloc[0]
    same = {name: run[name] for name in ("study", "data_vintage", "specification_hash")}
    return taken[SEEN].assign(
        **same,
        specification=f"{run['study']}/monitoring/" + taken["month"],
        code_version=code_version,
        window="start to look",
        inference=MONITORING,
        lane=MONITORING,
        scale="log rate ratio",
        ci_level=level,
        p_value=float("nan"),
    )


def _entries(known: pd.DataFrame, frame: pd.DataFrame, release: str, where: str) -> pd.DataFrame:
    columns = set(EstimateHistory.to_schema().columns)
    if lacking := sorted(columns - ADDED - set(frame.columns)):
        raise InputError(where, f"missing columns {lacking}", "rows of `Estimates`", "Check it.")
    look = frame.get("look", pd.NA)
    rows = frame.assign(release=release, entry=np.arange(1, len(frame) + 1), look=look)
    rows = rows.assign(**{name: [rounded(value) for value in rows[name]] for name in NUMBERS})
    given = check(as_contract(rows, EstimateHistory), EstimateHistory, where)
    if given.duplicated(IDENTITY).any():
        row = given[given.duplicated(IDENTITY)].iloc[0]
        what = f"{row['specification']}, {row['inference']}"
        raise InputError(where, f"a second row for {what}", "one", "Remove the duplicate.")
    return given


def _keys(table: pd.DataFrame) -> pd.MultiIndex:
    """What each row is an estimate of; no look is look 0."""
    return pd.MultiIndex.from_frame(table[IDENTITY].assign(look=table["look"].fillna(0)))
