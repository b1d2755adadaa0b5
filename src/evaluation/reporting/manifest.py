"""What a run was made of: inputs, outputs, versions, the study's hash, what it cost."""

import platform
from collections.abc import Mapping
from importlib.metadata import version

import pandas as pd

import evaluation
from evaluation.study import Study

LIBRARIES = (
    "geopandas",
    "linearmodels",
    "matplotlib",
    "numpy",
    "pandas",
    "pysyncon",
    "scipy",
    "snakemake",
    "statsmodels",
)


def manifest(
    study: Study,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    costs: Mapping[str, pd.DataFrame],
    command: str,
) -> dict:
    """The record of one run, ready for JSON.

    Parameters
    ----------
    inputs, outputs : path → SHA-256
    costs : job → its benchmark row, with `s` (seconds) and `max_rss` (MB)
    command : how to run it again
    """
    seconds = {job: float(row["s"].iloc[0]) for job, row in sorted(costs.items())}
    memory = [float(row["max_rss"].iloc[0]) for row in costs.values()]
    return {
        "study": study.study,
        "specification_hash": study.hash,
        "lane": study.lane,
        "command": command,
        "versions": {
            "evaluation": evaluation.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "inputs": dict(sorted(inputs.items())),
        "outputs": dict(sorted(outputs.items())),
        "runtime": {
            "jobs": len(seconds),
            "job_seconds": round(sum(seconds.values()), 1),
            "peak_memory_mb": round(max(memory), 1),
            "seconds_by_job": seconds,
        },
    }
