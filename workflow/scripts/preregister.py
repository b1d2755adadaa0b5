from pathlib import Path

from evaluation.analyses.preregistration.files import plan_files
from evaluation.page.language import Language
from evaluation.sources.shipped import read_frames, read_shipped
from evaluation.study.errors import reported_to
from evaluation.study.files import digest_files, write_bytes
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    files = plan_files(
        from_specification(given.specification, given.statements, params.labels),
        [
            Language(code, params.vocabularies[code], params.catalogues.get(code, ""))
            for code in params.languages
        ],
        given=read_shipped(params.data) if params.data else None,
        where=params.where,
        code_version=digest_files(given.estimates),
        titles=params.titles,
        backgrounds=params.backgrounds,
        **read_frames({Path(path).stem: path for path in [*params.measured, *given.simulated]}),
    )
    for name, content in files:
        write_bytes(content, Path(params.folder) / name)
