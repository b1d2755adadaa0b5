from evaluation.analyses.numbers import numbers
from evaluation.sources.shipped import read_frames
from evaluation.study.errors import reported_to
from evaluation.study.files import write_json
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    inputs = dict(snakemake.input.items())
    del inputs["code"], inputs["checked"]
    study = from_specification(inputs.pop("specification"), inputs.pop("statements"))
    write_json(numbers(study, **read_frames(inputs)), snakemake.output[0])
