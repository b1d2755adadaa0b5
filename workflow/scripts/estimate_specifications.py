from evaluation.analyses.specifications.compute import specification_curve
from evaluation.sources.shipped import read_frames
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    inputs = dict(snakemake.input.items())
    _, study = inputs.pop("code"), from_specification(inputs.pop("specification"))
    part, _, parts = snakemake.wildcards.scatteritem.split("-")
    curve = specification_curve(
        study,
        snakemake.wildcards.outcome,
        **read_frames(inputs),
        part=int(part),
        parts=int(parts),
    )
    write_parquet(curve.specifications, snakemake.output.specifications)
    write_parquet(curve.scores, snakemake.output.specification_scores)
