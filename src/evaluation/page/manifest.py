"""What a run was made of: inputs, outputs, versions, the study's hash, what it cost."""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import pandas as pd

import evaluation
from evaluation.study.files import portable
from evaluation.study.study import Study

LIBRARIES = (
    "altair",
    "geopandas",
    "linearmodels",
    "matplotlib",
    "numpy",
    "pandas",
    "pysyncon",
    "scipy",
    "snakemake",
    "statsmodels",
    "vl-convert-python",
)


def manifest(
    study: Study,
    lane: str,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    costs: Mapping[str, pd.DataFrame],
    command: str,
    left_over: Sequence[str] = (),
) -> dict:
    """The record of one run, ready for JSON.

    Parameters
    ----------
    lane : of the primary estimate
    inputs, outputs : path → SHA-256; no absolute path is recorded (`portable`)
    costs : job → its benchmark row, with `s` (seconds) and `max_rss` (MB)
    command : how to run it again
    left_over : files in the results folder that no rule makes, as from before a change of names
    """
    seconds = {job: float(row["s"].iloc[0]) for job, row in sorted(costs.items())}
    # A job that ends within the sampling interval has no memory figure.
    memory = pd.concat([row["max_rss"] for row in costs.values()])
    peak = pd.to_numeric(memory, errors="coerce").max()
    return {
        "study": study.study,
        "specification_hash": study.hash,
        "lane": lane,
        "command": command,
        "versions": {
            "evaluation": evaluation.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
        "inputs": _portable(inputs),
        "outputs": _portable(outputs),
        "left_over": sorted(map(portable, left_over)),
        "runtime": {
            "jobs": len(seconds),
            "job_seconds": round(sum(seconds.values()), 1),
            "peak_memory_mb": None if pd.isna(peak) else round(float(peak), 1),
            "seconds_by_job": seconds,
        },
    }


def _portable(digests: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted((portable(path), digest) for path, digest in digests.items()))
