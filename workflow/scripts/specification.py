from evaluation.errors import reported_to
from evaluation.files import write_json
from evaluation.study import specification

with reported_to(snakemake.log[0]):
    write_json(specification(snakemake.params.where, snakemake.params.config), snakemake.output[0])
