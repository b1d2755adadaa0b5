from pathlib import Path

from evaluation.errors import reported_to
from evaluation.files import write_bytes
from evaluation.reporting.disclosure import withheld_figure
from evaluation.reporting.figures import FIGURES
from evaluation.reporting.language import Language
from evaluation.reporting.theme import png_bytes, svg_bytes
from evaluation.sources.shipped import read_frames
from evaluation.study import from_specification

name = snakemake.rule
with reported_to(snakemake.log[0]):
    inputs = dict(snakemake.input.items())
    _, study = inputs.pop("code"), from_specification(inputs.pop("specification"))
    frames = read_frames(inputs)
    languages = {code: Language(code) for code in snakemake.params.languages}
    drawn = {
        code: withheld_figure(name, study, language) or FIGURES[name](study, language, **frames)
        for code, language in languages.items()
    }
    for path in snakemake.output:
        _, code, extension = Path(path).name.split(".")
        figure, alt = drawn[code]
        writers = {
            "svg": lambda figure=figure, code=code: svg_bytes(figure, f"{name}-{code}"),
            "png": lambda figure=figure: png_bytes(figure),
            "txt": lambda alt=alt: f"{alt}\n".encode(),
        }
        write_bytes(writers[extension](), path)
