from evaluation.errors import reported_to
from evaluation.files import write_parquet
from evaluation.robustness.specification_curve import specification_curve
from evaluation.sources.shipped import read_frames
from evaluation.study import from_specification

with reported_to(snakemake.log[0]):
    inputs = dict(snakemake.input.items())
    _, study = inputs.pop("code"), from_specification(inputs.pop("specification"))
    curve = specification_curve(study, snakemake.wildcards.outcome, **read_frames(inputs))
    write_parquet(curve.specifications, snakemake.output.specifications)
    write_parquet(curve.scores, snakemake.output.specification_scores)
