from evaluation.analyses.specifications.contract import Specifications, SpecificationScores
from evaluation.study.errors import reported_to
from evaluation.study.pieces import collect_pieces

MODELS = {"specifications": Specifications, "specification_scores": SpecificationScores}

with reported_to(snakemake.log[0]):
    for name, path in snakemake.output.items():
        collect_pieces(snakemake.input[name], path, MODELS[name], key="specification")
