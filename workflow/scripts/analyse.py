from importlib import import_module

from evaluation.errors import reported_to
from evaluation.files import write_parquet
from evaluation.sources.shipped import read_frames
from evaluation.study import from_specification

name = snakemake.wildcards.analysis
with reported_to(snakemake.log[0]):
    inputs = dict(snakemake.input.items())
    _, study = inputs.pop("code"), from_specification(inputs.pop("specification"))
    analysis = getattr(import_module(f"evaluation.robustness.{name}"), name)
    write_parquet(analysis(study, **read_frames(inputs)), snakemake.output[0])
