# record      files, panel, sectors, neighbours → the ledger; releases/recorded.json
#             (a release that the gate on arrival finds fault with is not recorded)
# history     the ledger, opening dates → releases/<frame>.parquet: what earlier releases held, and
#             said; how late files are opened
# remember    estimates → the ledger
# month       all of a month: results, and what they say in the ledger
# freeze      a finished run → frozen/ in the ledger
#
# `make month` runs `pull`, `record` and `month` one after the other. What each job reads is then
# there when the next is planned, and is compared by its contents.
from evaluation.releases.ledger import Ledger

# Of a panel that was given the config defines the outcomes itself.
DEFINITIONS = CONFIG_FILE if PLACE else config["outcome_definitions"]
RELEASES = list(Ledger(LEDGER).releases()["release"])
PULLED, OPENED = {}, {}  # what only incident files tell
if RELEASES:
    OPENED["all_months"] = FRAMES["all_months"]
if not AS_SHIPPED:
    OPENED |= {"files": rules.pull.output[0], "located": rules.locate.output[0]}
    PULLED = {
        "located": rules.locate.output[0],
        "others": rules.read_incidents.output.others,
        "review": rules.read_incidents.output.review,
    }


rule record:
    input:
        **PULLED,
        files=rules.pull.output[0],
        all_months=FRAMES["all_months"],
        sectors=FRAMES["sectors"],
        neighbours=FRAMES["neighbours"],
        coverage=FRAMES["coverage"],
        specification=rules.specification.output[0],
        outcomes=DEFINITIONS,
        code=code("record"),
    output:
        f"{OUT}/releases/recorded.json",
    log:
        f"{OUT}/logs/record.log",
    params:
        ledger=LEDGER,
        store=SOURCE["store"],
        config=CONFIG_FILE,
        tables=lambda wildcards: KNOWN if AS_SHIPPED and not RELEASE else "",
        accept=ACCEPT,
        lost=lost("recorded"),
    script:
        "../scripts/record.py"


rule history:
    input:
        **OPENED,
        outcomes=DEFINITIONS,
        code=code("history"),
    output:
        **{frame: FRAMES[frame] for frame in HISTORY},
    log:
        f"{OUT}/logs/history.log",
    params:
        ledger=LEDGER,
        store=SOURCE["store"],
        # The last recorded release as the run begins, so that its own estimates rerun nothing.
        release=RELEASE or (RELEASES[-1] if RELEASES else ""),
    script:
        "../scripts/history.py"


LOOKS = [f"evaluation.analyses.{name}.compute" for name in ("monitoring", "monitor_boundary")]


rule remember:
    input:
        recorded=rules.record.output[0],
        estimates=FRAMES["estimates"],
        monitoring=FRAMES["monitoring"],
        # The exact split holds the estimates against the cells of the release.
        split=FRAMES["releases"],
        panel=FRAMES["panel"],
        sectors=FRAMES["sectors"],
        neighbours=FRAMES["neighbours"],
        code=code("remember", modules=LOOKS),
    output:
        f"{OUT}/releases/remembered.json",
    log:
        f"{OUT}/logs/remember.log",
    params:
        ledger=LEDGER,
        lost=lost("remembered"),
        level=1 - STUDY.monitoring.level if STUDY.monitoring else 0.95,
    script:
        "../scripts/remember.py"


rule month:
    input:
        rules.manifest.output[0],
        rules.remember.output,


rule freeze:
    input:
        rules.month.input,
        recorded=rules.record.output[0],
        numbers=rules.numbers.output[0],
        code=code("freeze"),
    output:
        f"{OUT}/releases/frozen.json",
    log:
        f"{OUT}/logs/freeze.log",
    params:
        ledger=LEDGER,
        results=lambda wildcards: OUT,
    script:
        "../scripts/freeze.py"
