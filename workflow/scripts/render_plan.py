import pandas as pd

from evaluation.analyses.scale_up_plan.rendered import rendered
from evaluation.page.language import Language
from evaluation.sources.shipped import read_table
from evaluation.study.errors import reported_to
from evaluation.study.files import write_bytes
from evaluation.study.plan import from_json
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    files = rendered(
        from_json(given.plan),
        from_specification(given.specification, labels=params.labels),
        Language(snakemake.wildcards.language, params.vocabulary, params.catalogue),
        panel=pd.read_parquet(given.panel),
        designs=pd.read_parquet(given.designs),
        candidates=pd.read_parquet(given.candidates),
        order=pd.read_csv(given.order, keep_default_na=False),
        quadrants=read_table(given.quadrants),
        command=params.command,
        languages=params.languages,
    )
    for name, content in files.items():
        write_bytes(content, snakemake.output[name])
