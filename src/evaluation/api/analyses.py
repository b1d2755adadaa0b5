"""One analysis by name, on the figures of a study, with all that it needs."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd

import evaluation
from evaluation.analyses import analyses
from evaluation.analyses.specifications.compute import specification_curve
from evaluation.api.arguments import chosen, located
from evaluation.api.studies import load
from evaluation.api.tables import checked
from evaluation.calibration.sizes_and_power import calibrate_study
from evaluation.calibration.thresholds import label_estimates, with_worlds
from evaluation.design.prepare import prepare
from evaluation.inference.estimate import OutcomeResults, estimate_outcome
from evaluation.panel.studied import vintage
from evaluation.releases.ledger import no_history
from evaluation.releases.triangle import unknown_delay
from evaluation.sources.listing import files_of_run, list_tables
from evaluation.sources.shipped import EVERY, read_table
from evaluation.study.errors import InputError
from evaluation.study.names import nearest
from evaluation.study.study import Study

Analysis = Callable[..., pd.DataFrame]
PREPARED = ("panel", "all_months", "followed", "units", "states")
RESULTS = tuple(field.name for field in fields(OutcomeResults))
DELAYS = ("reporting_triangle", "finality")
# Of a ledger and of opening dates a study knows nothing by itself.
HISTORY = (
    *("release_history", "count_history", "sector_history", "neighbour_history"),
    *("accepted_faults", "estimate_history", *DELAYS),
)
CALIBRATION = ("sizes", "power")
CURVE = ("specifications", "specification_scores")
UNLABELLED = "estimates, tests not labelled"


def analyse(
    name: str,
    study: Study | str | Path = "config/config.yaml",
    folder: str | Path | None = None,
    **frames: pd.DataFrame,
) -> pd.DataFrame:
    """Run one analysis of a study, and whatever it rests on.

    Parameters
    ----------
    name : str
        As in `results/STUDY/analyses/`: `start_dates`, `leave_one_out`, `balance`, ….
    study : Study or path
        A study, or its config.
    folder : path, optional
        Folder of the figures; by default the study's own.
    **frames : pandas.DataFrame
        Tables that it needs and you have, as `estimates` of a run. The others are made: those of
        other analyses, too, which can take minutes.

    Returns
    -------
    pandas.DataFrame
        As in `results/STUDY/analyses/NAME.parquet`, which keeps twelve digits of it.

    Raises
    ------
    InputError
        For a name that is no analysis, a table it does not take, or figures off their contract.

    Examples
    --------
    >>> rows = ev.analyse("start_dates", "config/config.yaml")
    >>> own = rows[rows["own"] & (rows["window"] == "B") & (rows["outcome"] == "homicide")]
    >>> own["effect_percent"].round(1).to_list()
    [-28.7, -25.1, -30.3, -27.8]
    """
    expected = "a study, or the path of its config"
    asked = study if isinstance(study, Study) else load(located(study, "study", expected))
    if folder is not None:
        asked = replace(asked, data=str(located(folder, "folder", "the folder of the figures")))
    _, needed = find_analysis(name)
    if strange := sorted(set(frames) - set(needed)):
        raise InputError(
            f"analysis {name}",
            f"a table {strange[0]!r}",
            f"some of {list(needed)}",
            nearest(strange[0], needed),
        )
    given = {table: checked(table, frame) for table, frame in frames.items()}
    return Frames(asked, given).analysis(name)


class Frames:
    """Tables of a study by name, each made once: read, prepared, estimated, or an analysis."""

    def __init__(self, study: Study, given: Mapping[str, pd.DataFrame]):
        self._study, self._made = study, dict(given)

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            self._made |= self._make(name)
        return self._made[name]

    def analysis(self, name: str) -> pd.DataFrame:
        """What an analysis returns, given the tables it takes."""
        function, needed = find_analysis(name)
        return function(self._study, **{table: self[table] for table in needed})

    def _make(self, name: str) -> dict[str, pd.DataFrame]:
        """The table of that name, and those that come with it."""
        study = self._study
        if name in EVERY:
            return {name: read_table(Path(study.data) / f"{name}.csv")}
        if name in PREPARED:
            made = vars(prepare(study, study.study))
            return {table: made[table] for table in PREPARED}
        if name == "files":
            return {name: files_of_run(list_tables(study.data), {})}
        if name in HISTORY:
            return no_history() | dict(zip(DELAYS, unknown_delay(), strict=True))
        if name == "estimates":
            return {name: label_estimates(self[UNLABELLED], self["sizes"], study.lane)}
        if name == UNLABELLED or name in RESULTS:
            return self._results()
        if name in CALIBRATION:
            found = [
                calibrate_study(self["panel"], self["units"], study, estimator)
                for estimator in study.every_estimator
            ]
            sizes = with_worlds(pd.concat([c.size for c in found], ignore_index=True))
            return {"sizes": sizes} | _joined({"power": [c.power for c in found]})
        if name in CURVE:
            tables = {table: self[table] for table in ("panel", "sectors", "neighbours")}
            curves = [
                specification_curve(study, outcome, **tables)
                for outcome in study.robustness.grid.outcomes
            ]
            scores = [curve.scores for curve in curves]
            return _joined(
                dict(zip(CURVE, ([c.specifications for c in curves], scores), strict=True))
            )
        return {name: self.analysis(name)}

    def _results(self) -> dict[str, pd.DataFrame]:
        """All tables of all outcomes; the estimates without the label of measured sizes."""
        data_vintage = vintage(self["panel"], self["sectors"], self["neighbours"])
        found = [
            estimate_outcome(
                self["panel"],
                self["units"],
                self._study,
                outcome,
                data_vintage=data_vintage,
                code_version=f"evaluation {evaluation.__version__}",
            )
            for outcome in self._study.outcomes
        ]
        tables = _joined({name: [getattr(one, name) for one in found] for name in RESULTS})
        return tables | {UNLABELLED: tables.pop("estimates")}


def _joined(parts: Mapping[str, list[pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    return {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}


def find_analysis(name: str) -> tuple[Analysis, tuple[str, ...]]:
    """The function of an analysis and the names of the tables it takes.

    Raises `InputError` for a name that is none.
    """
    known = {one: found for one, found in analyses().items() if found.frames is not None}
    found = known[chosen(name, known, "analysis")]
    return found.compute, tuple(found.frames or ())
