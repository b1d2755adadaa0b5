from evaluation.study.errors import reported_to
from evaluation.study.files import write_json
from evaluation.study.study import specification

with reported_to(snakemake.log[0]):
    write_json(specification(snakemake.params.where, snakemake.params.config), snakemake.output[0])
