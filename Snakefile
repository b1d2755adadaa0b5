# The workflow at a glance: what is read, which rules exist, what a run leaves behind.
import sys

from evaluation.page.language import languages_of
from evaluation.study.config import one_config, read_yaml
from evaluation.study.errors import InputError
from evaluation.panel.studied import CUT
from evaluation.study.plan import open_plan
from evaluation.study.study import gives_figures, open_study
from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version, update_config

min_version("9.10")

SCHEMA = workflow.source_path("workflow/schemas/config.schema.yaml")
PLAN_SCHEMA = workflow.source_path("workflow/schemas/plan.schema.yaml")
try:
    # A study's own file replaces the default one; laid over it, it would inherit windows and
    # donors. It is read here and not as Snakemake read it, which takes the last of two equal keys.
    CONFIG_FILE = one_config(workflow.overwrite_configfiles, "config/config.yaml")
    # The plan of a scale-up is a config too: it names the study that it begins from.
    PLAN_FILE, (PLAN, CONFIG_FILE) = CONFIG_FILE, open_plan(CONFIG_FILE, PLAN_SCHEMA)
    config.clear()
    update_config(config, read_yaml(CONFIG_FILE))
    update_config(config, workflow.config_settings.config)
    STUDY = open_study(config, SCHEMA, CONFIG_FILE)
    if workflow.is_main_process:
        languages_of(config, CONFIG_FILE)
    # A plan is written before there are figures of its windows. Targets are known only afterwards.
    ahead = "preregister" in sys.argv
    if workflow.is_main_process and gives_figures(config) and not ahead:
        # Whatever is wrong stops before the first job; jobs need not import it again.
        from evaluation.design.prepare import prepare

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
        default_target: True
        input:
            PLANNED,

else:

    include: "workflow/rules/estimate.smk"
    include: "workflow/rules/analyses.smk"
    include: "workflow/rules/specifications.smk"
    include: "workflow/rules/report.smk"
    include: "workflow/rules/months.smk"
    include: "workflow/rules/preregister.smk"

    rule all:
        default_target: True
        input:
            f"{OUT}/manifest.json",
