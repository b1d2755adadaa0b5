from pathlib import Path

from evaluation.analyses.explorer.rendered import explorer
from evaluation.page.language import Language
from evaluation.sources.shipped import read_frames
from evaluation.study.errors import reported_to
from evaluation.study.files import write_bytes
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    page = explorer(
        from_specification(given.specification, given.statements, params.labels),
        Language(snakemake.wildcards.language, params.vocabulary, params.catalogue),
        title=params.title,
        **read_frames({name: given[name] for name in params.frames}),
    )
    write_bytes(page, Path(snakemake.output[0]))
