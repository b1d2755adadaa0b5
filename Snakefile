# The workflow at a glance: what is read, which rules exist, what a run leaves behind.
from evaluation.config import read_yaml
from evaluation.errors import InputError
from evaluation.study import VINTAGE, open_study
from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.10")

# A study's own file replaces the default one; laid over it, it would inherit windows and donors.
CONFIG_FILE = next(reversed(workflow.overwrite_configfiles), "config/config.yaml")
SCHEMA = workflow.source_path("workflow/schemas/config.schema.yaml")
try:
    config |= read_yaml(CONFIG_FILE) | config
    STUDY = open_study(config, SCHEMA, CONFIG_FILE)
except InputError as error:
    raise WorkflowError(str(error)) from None

OUT = f"results/{STUDY.study}"
LANGUAGES = config["languages"]


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/pull.smk"
include: "workflow/rules/frames.smk"
include: "workflow/rules/panel.smk"
include: "workflow/rules/estimate.smk"
include: "workflow/rules/robustness.smk"
include: "workflow/rules/specifications.smk"
include: "workflow/rules/exhibits.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        f"{OUT}/manifest.json",
