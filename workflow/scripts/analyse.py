from evaluation.analyses import analysis
from evaluation.sources.shipped import read_frames
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    inputs = dict(snakemake.input.items())
    del inputs["code"]
    stated = inputs.pop("statements", None)
    study = from_specification(inputs.pop("specification"), stated)
    compute = analysis(snakemake.wildcards.analysis).compute
    write_parquet(compute(study, **read_frames(inputs)), snakemake.output[0])
