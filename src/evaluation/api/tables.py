"""Tables that a caller gives, held against the contract of their name before they are read."""

from importlib import import_module

import pandas as pd

from evaluation.analyses import analyses
from evaluation.api.arguments import kind
from evaluation.sources.shipped import EVERY
from evaluation.study.contract import Contract, check
from evaluation.study.errors import InputError

HOMES = (
    *("panel.contract", "design.contract", "inference.contract", "calibration.contract"),
    *("releases.contract", "releases.triangle_contract", "sources.pulled_contract"),
    "analyses.specifications.contract",
)
# Tables named unlike their contract.
OTHERWISE = {"sizes": "size", "release_history": "releases", "finality": "monthfinality"}
OTHERWISE |= dict.fromkeys(("all_months", "followed"), "panel")


def checked(name: str, table: object) -> pd.DataFrame:
    """The table, if it honours the contract of its name.

    Raises
    ------
    InputError
        For what is no DataFrame, and for the first row that the contract refuses.
    """
    if not isinstance(table, pd.DataFrame):
        raise InputError(
            f"table {name}",
            kind(table),
            "a pandas DataFrame",
            "Give the table itself, as `pd.read_parquet` returns it.",
        )
    return check(table, contract_of(name), f"table {name}")


def contract_of(name: str) -> type[Contract]:
    """The contract of a table that ships, that a run makes, or that an analysis returns."""
    if name in EVERY:
        return EVERY[name]
    homes = [*HOMES, *([f"analyses.{name}.contract"] if name in analyses() else [])]
    wanted = OTHERWISE.get(name, name.replace("_", ""))
    for home in homes:
        for title, model in vars(import_module(f"evaluation.{home}")).items():
            if title.lower() == wanted and isinstance(model, type) and issubclass(model, Contract):
                return model
    raise KeyError(f"no contract of a table {name!r}")
