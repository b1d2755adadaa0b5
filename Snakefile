# The workflow at a glance: what is read, which rules exist, what a run leaves behind.
import sys

from evaluation.page.language import languages_of
from evaluation.panel.studied import CUT
from evaluation.sources.place import given_figures, is_place
from evaluation.sources.place_handed_on import filled_in_once
from evaluation.study.errors import InputError
from evaluation.study.opening import open_config, open_given
from evaluation.study.running import compute_alike, hold
from evaluation.study.study import gives_figures, open_study
from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.10")

HOME = Path(str(workflow.current_basedir))  # of this workflow, whichever uses it as a module
MAIN = workflow.modifier.is_main_snakefile()
FIRST = not workflow.default_target  # a target of the workflow that uses this one goes before ours
SCHEMA = workflow.source_path("workflow/schemas/config.schema.yaml")
PLAN_SCHEMA = workflow.source_path("workflow/schemas/plan.schema.yaml")
# Until this process ends `make` knows that a run is alive here, and unlocks nothing.
ALIVE = hold() if workflow.is_main_process and "--unlock" not in sys.argv else None
if MAIN:
    compute_alike()
try:
    # A study's own file replaces the default one; laid over it, it would inherit windows and
    # donors. It is read here and not as Snakemake read it, which takes the last of two equal keys.
    if MAIN:
        files, laid = workflow.overwrite_configfiles, workflow.config_settings.config
        opened = open_config(files, laid, HOME, PLAN_SCHEMA)
    else:
        given = config if workflow.modifier.skip_configfile else None
        opened = open_given(given, HOME, PLAN_SCHEMA)
    WRITTEN, CONFIG_FILE = opened.config, opened.file
    # Of another place it is a few lines.
    config = filled_in_once(WRITTEN, CONFIG_FILE, workflow.is_main_process)
    STUDY = open_study(config, SCHEMA, CONFIG_FILE)
    PLAN, PLAN_FILE = opened.plan and opened.plan.towards(STUDY.direction), opened.plan_file
    if workflow.is_main_process:
        languages_of(config, CONFIG_FILE)
    # A plan is written before there are figures of its windows. Targets are known only afterwards.
    ahead = any(word.endswith("preregister") for word in sys.argv)
    if workflow.is_main_process and gives_figures(config) and not ahead:
        # Whatever is wrong stops before the first job; jobs need not import it again.
        from evaluation.design.prepare import prepare, prepare_from

        if is_place(WRITTEN):
            prepared = prepare_from(given_figures(WRITTEN, CONFIG_FILE), STUDY, CONFIG_FILE)
        else:
            prepared = prepare(STUDY, CONFIG_FILE)
        if PLAN:
            from evaluation.calibration.scale_up.prepare import refuse_impossible

            refuse_impossible(PLAN, STUDY, prepared, config["languages"], PLAN_FILE)
except InputError as error:
    raise WorkflowError(str(error)) from None

RELEASE = config.get("release", "")  # a recorded one is run again beside the current results
OUT = f"results/{STUDY.study}-{RELEASE}" if RELEASE else f"results/{STUDY.study}"
LANGUAGES = config["languages"]


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/pull.smk"
include: "workflow/rules/frames.smk"
include: "workflow/rules/panel.smk"


if PLAN:

    include: "workflow/rules/plan.smk"

    rule plan:
        default_target: FIRST
        input:
            PLANNED,

else:

    include: "workflow/rules/estimate.smk"
    include: "workflow/rules/analyses.smk"
    include: "workflow/rules/specifications.smk"
    include: "workflow/rules/explore.smk"
    include: "workflow/rules/bundle.smk"
    include: "workflow/rules/report.smk"
    include: "workflow/rules/months.smk"
    include: "workflow/rules/preregister.smk"

    rule all:
        default_target: FIRST
        input:
            f"{OUT}/manifest.json",
