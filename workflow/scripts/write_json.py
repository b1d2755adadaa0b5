from evaluation.study.errors import reported_to
from evaluation.study.files import write_json

with reported_to(snakemake.log[0]):
    write_json(snakemake.params.content, snakemake.output[0])
