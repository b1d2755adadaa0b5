import json
from pathlib import Path

from evaluation.analyses.rendered import rendered
from evaluation.page.language import Language
from evaluation.sources.shipped import read_frames
from evaluation.study.authorship import authorship_of
from evaluation.study.errors import reported_to
from evaluation.study.files import write_bytes
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    files = rendered(
        from_specification(given.specification, given.statements, params.labels),
        Language(snakemake.wildcards.language, params.vocabulary, params.catalogue),
        frames=read_frames({name: given[name] for name in params.frames}),
        numbers=json.loads(Path(given.numbers).read_text(encoding="utf-8")),
        title=params.title,
        background=params.background,
        authorship=authorship_of({"authorship": params.authorship}),
        languages=params.languages,
    )
    for name, content in files:
        write_bytes(content, Path(params.folder) / name)
