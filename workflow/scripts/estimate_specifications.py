from evaluation.analyses.specifications.compute import specification_curve
from evaluation.sources.shipped import read_frames
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    inputs = dict(snakemake.input.items())
    _, study = inputs.pop("code"), from_specification(inputs.pop("specification"))
    curve = specification_curve(study, snakemake.wildcards.outcome, **read_frames(inputs))
    write_parquet(curve.specifications, snakemake.output.specifications)
    write_parquet(curve.scores, snakemake.output.specification_scores)
