# a rule a table    frames → tables/<table>.<language>.{csv,html,tex}
# a rule a figure   frames → figures/<figure>.<language>.{svg,png,txt}
#
# Table, rule and function in `reporting/` have one name; so have figures.
from evaluation.reporting.figures import FIGURES as figures
from evaluation.reporting.tables import TABLES as tables

TABLES = {  # table: the frames it is a view of
    "claims": ["claims"],
    "design": ["units", "panel", "estimates"],
    "data_flow": ["data_flow", "panel", "units"],
    "balance": ["balance"],
    "headline_audit": ["headline_audit"],
    "main_effects": ["estimates", "panel"],
    "weights": ["weights", "solutions", "sectors", "estimates"],
    "inference": ["estimates", "sizes", "power"],
    "power": ["power"],
    "sizes": ["sizes"],
    "measurement": ["measurement"],
    "spillover": ["spillover"],
    "displacement": ["displacement"],
    "contamination": ["contamination"],
    "start_dates": ["start_dates"],
    "influence": ["leave_one_out"],
    "donor_rules": ["donor_rules"],
    "selection": ["selection"],
    "pretrends": ["pretrends"],
    "honest_bounds": ["honest_bounds"],
    "outcomes": ["outcome_family", "contrasts", "joint_sizes"],
    "lethality": ["lethality", "contrasts", "joint_sizes"],
    "staggered": ["staggered", "joint_sizes"],
    "sensitivity": ["assignment", "honest_bounds"],
    "gate": ["gate", "gate_recovery"],
    "recovery": ["recovery"],
    "gate_recovery": ["gate_recovery"],
    "gate_verdicts": ["gate_recovery"],
    "specifications": ["specifications"],
    "joint_test": ["joint_test"],
    "standards": ["presence"],
}
TEXTS = {"standards": beside("reporting/standards")}  # what a table reads beside the catalogues
FIGURES = {  # figure: the frames it draws
    "sectors_map": ["units", "quadrants"],
    "raw_series": ["panel", "units", "paths"],
    "weights_map": ["weights", "units", "quadrants"],
    "paths": ["paths", "estimates"],
    "gaps": ["paths", "estimates"],
    "placebo_space": ["paths", "placebos"],
    "rmspe_ratio": ["placebos", "estimates"],
    "spillover_rings": ["spillover", "ring_events"],
    "placebo_time": ["placebo_time"],
    "start_date_curve": ["start_dates"],
    "leave_one_out": ["leave_one_out"],
    "event_study": ["event_study", "pretrends", "honest_bounds"],
    "specification_curve": ["specifications"],
    "gate_power": ["gate_recovery"],
    "power_curve": ["power"],
}
UNTOLD = (
    "paths quadrants diagnostics ring_areas ring_quarter variants variant_coverage".split()
)  # by any
UNTOLD += ["specification_scores"]  # sentence
NUMBERS = [name for name in FRAMES if name not in UNTOLD]
KINDS = {"table": (TABLES, ["csv", "html", "tex"]), "figure": (FIGURES, ["svg", "png", "txt"])}
EXHIBIT_FILES = [
    path
    for kind, (names, _) in KINDS.items()
    for name in names
    for path in exhibit_files(kind, name)
]

# Two loops, not one: a script's path is read when its job runs, not when its rule is made.
for table, frames in TABLES.items():

    rule:
        name:
            table
        input:
            **{frame: FRAMES[frame] for frame in frames},
            specification=rules.specification.output[0],
            code=code(
                "table",
                *beside("reporting/locale"),
                *TEXTS.get(table, []),
                modules=[tables.module(table)],
            ),
        output:
            [shown(path) for path in exhibit_files("table", table)],
        log:
            f"{OUT}/logs/{table}.log",
        benchmark:
            f"{OUT}/benchmarks/{table}.tsv"
        params:
            languages=LANGUAGES,
        script:
            "../scripts/table.py"


for figure, frames in FIGURES.items():

    rule:
        name:
            figure
        input:
            **{frame: FRAMES[frame] for frame in frames},
            specification=rules.specification.output[0],
            code=code("figure", *beside("reporting/locale"), modules=[figures.module(figure)]),
        output:
            [shown(path) for path in exhibit_files("figure", figure)],
        log:
            f"{OUT}/logs/{figure}.log",
        benchmark:
            f"{OUT}/benchmarks/{figure}.tsv"
        params:
            languages=LANGUAGES,
        script:
            "../scripts/figure.py"
