# FRAMES   every table that an analysis, an exhibit or a sentence reads, by name
#
# An analysis is a folder of `analyses/`; its functions say by their parameters which frames they
# take. What `compute` returns is a frame of the folder's name.
from evaluation.analyses import KINDS, analyses, exhibits

RESULT_TABLES = ["estimates", "weights", "solutions", "paths", "placebos", "diagnostics"]
SPECIFICATION_TABLES = ["specifications", "specification_scores"]  # made in specifications.smk
ANALYSES = {name: one for name, one in analyses().items() if one.frames is not None}
SHIPPED_FRAMES = ["sectors", "neighbours", "rings", "ring_areas", "ring_quarter", "quadrants"]
SHIPPED_FRAMES += ["coverage", "variants", "variant_coverage", "data_flow"]
FRAMES = {
    "panel": f"{OUT}/panel/sector_month.parquet",
    "units": f"{OUT}/design/units.parquet",
    **{table: f"{OUT}/{table}.parquet" for table in [*RESULT_TABLES, "sizes", "power"]},
    **{name: f"{OUT}/analyses/{name}.parquet" for name in [*ANALYSES, *SPECIFICATION_TABLES]},
    **{table: f"{config['data']}/{table}.csv" for table in SHIPPED_FRAMES},
}


WILDCARDS = {
    "analysis": list(ANALYSES),
    "outcome": STUDY.outcomes,
    "specification_table": SPECIFICATION_TABLES,
    "estimator": STUDY.estimators,
    "language": LANGUAGES,
}


wildcard_constraints:
    **{name: "|".join(values) for name, values in WILDCARDS.items()},
