from pathlib import Path

from evaluation.analyses.bundle import bundle
from evaluation.page.language import Language
from evaluation.study.authorship import authorship_of
from evaluation.study.errors import reported_to
from evaluation.study.files import write_bytes
from evaluation.study.specification import from_specification

with reported_to(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    texts = {Path(path).name: Path(path).read_text(encoding="utf-8") for path in given.tables}
    archive = bundle(
        from_specification(given.specification, given.statements),
        [
            Language(code, params.vocabulary[code], params.catalogues.get(code, ""))
            for code in params.languages
        ],
        tables={
            code: {name: texts[f"{name}.{code}.csv"] for name in params.names}
            for code in params.languages
        },
        frames={name: Path(given[name]).read_bytes() for name in params.frames},
        authorship=authorship_of({"authorship": params.authorship}),
    )
    write_bytes(archive, snakemake.output[0])
