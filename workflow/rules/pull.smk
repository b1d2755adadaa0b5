# pull             portal, folder or tables → pull/files.csv: which files this run uses
#                  (of a recorded release: from the ledger, and nothing is asked for)
# read_incidents   vintages → pull/{incidents,others}.parquet, pull/{oddities,review}.csv
# locate           incidents, quadrants → pull/located.parquet
# make_data        located incidents, maps, totals → the tables of `data/` (in source.data or
#                  results/<study>/data), pull/{flow_by_borough,official_coverage,bounds}.csv
# make_tables      a panel that was given, and what was given beside it → the same tables, in
#                  results/<study>/data
# build_data       the same for the figures that ship: snakemake build_data --config raw=FOLDER
# Where `source.from` is portal or files the study reads the derived tables; where it is shipped, the
# tables of `data`, and of a recorded release those that the store kept.
from evaluation.sources.place import place_choices
from evaluation.study.config import read_yaml

KNOWN = config["data"]
SOURCE = {"from": "shipped", "store": ".raw"} | config.get("source", {})
MADE = "sector_month coverage city_totals data_flow sectors neighbours rings ring_areas".split()
MADE += "ring_quarter variants variant_coverage quadrants".split()
BESIDE = ["flow_by_borough", "official_coverage", "bounds"]
if "raw" in config:
    recipe = workflow.source_path("../../config/official_files.yaml")
    SOURCE = {"store": SOURCE["store"], "folder": config["raw"], **read_yaml(recipe)}
    SOURCE["data"] = config.get("data_out", KNOWN)
PLACE = SOURCE["from"] == "panel"
AS_SHIPPED = PLACE or SOURCE["from"] == "shipped"
# An acceptance changes nothing that is fetched or derived.
ACCEPT = SOURCE.pop("accept", {})
LEDGER = f"{SOURCE['store']}/ledger/{STUDY.study}"
if RELEASE or not AS_SHIPPED:  # what every later rule reads
    config["data"] = f"{OUT}/data" if RELEASE else SOURCE.get("data", f"{OUT}/data")
GIVEN = sorted(Path(SOURCE["folder"]).rglob("*")) if SOURCE.get("folder") else []
if AS_SHIPPED:
    GIVEN = [Path(KNOWN) / f"{table}.csv" for table in MADE]
if PLACE:
    MADE += ["values", "periods", "covariates"]

PULL_CODE = code("pull", *beside("sources"))


if RELEASE:

    rule pull:
        input:
            code=code("recall"),
        output:
            f"{OUT}/pull/files.csv",
        log:
            f"{OUT}/logs/pull.log",
        params:
            ledger=LEDGER,
            release=RELEASE,
        script:
            "../scripts/recall.py"

else:

    rule pull:
        input:
            files=[str(path) for path in GIVEN if PLACE or path.is_file()],
            columns=SOURCE.get("columns", []),
            # Changed code must not fetch a newer release unasked.
            code=PULL_CODE if GIVEN else ancient(PULL_CODE),
        output:
            # A pull that fails leaves the account of the last one.
            update(f"{OUT}/pull/files.csv"),
        log:
            f"{OUT}/logs/pull.log",
        benchmark:
            f"{OUT}/benchmarks/pull.tsv"
        localrule: True  # compute nodes have no network
        params:
            source=SOURCE,
            tables=lambda wildcards: KNOWN if AS_SHIPPED else "",
        script:
            "../scripts/pull.py"


if PLACE and not RELEASE:

    rule make_tables:
        input:
            panel=SOURCE["panel"],
            beside=SOURCE.get("tables", []),
            code=code("make_tables"),
        output:
            expand(f"{config['data']}/{{table}}.csv", table=MADE),
        log:
            f"{OUT}/logs/make_tables.log",
        benchmark:
            f"{OUT}/benchmarks/make_tables.tsv"
        params:
            place=place_choices(WRITTEN),
            config=CONFIG_FILE,
        script:
            "../scripts/make_tables.py"


if AS_SHIPPED and RELEASE:

    rule restore_tables:
        input:
            files=rules.pull.output[0],
            code=code("restore_tables"),
        output:
            expand(f"{config['data']}/{{table}}.csv", table=MADE),
        log:
            f"{OUT}/logs/restore_tables.log",
        params:
            store=SOURCE["store"],
        script:
            "../scripts/restore_tables.py"


if not AS_SHIPPED:

    rule read_incidents:
        input:
            files=rules.pull.output[0],
            outcomes=config["outcome_definitions"],
            columns=SOURCE.get("columns", []),
            code=code("read_incidents", *beside("sources")),
        output:
            incidents=f"{OUT}/pull/incidents.parquet",
            others=f"{OUT}/pull/others.parquet",
            oddities=f"{OUT}/pull/oddities.csv",
            review=f"{OUT}/pull/review.csv",
        log:
            f"{OUT}/logs/read_incidents.log",
        benchmark:
            f"{OUT}/benchmarks/read_incidents.tsv"
        params:
            store=SOURCE["store"],
        script:
            "../scripts/read_incidents.py"

    rule locate:
        input:
            incidents=rules.read_incidents.output.incidents,
            files=rules.pull.output[0],
            code=code("locate"),
        output:
            f"{OUT}/pull/located.parquet",
        log:
            f"{OUT}/logs/locate.log",
        benchmark:
            f"{OUT}/benchmarks/locate.tsv"
        params:
            source=SOURCE,
            known=KNOWN,
        script:
            "../scripts/locate.py"

    rule make_data:
        input:
            located=rules.locate.output[0],
            others=rules.read_incidents.output.others,
            files=rules.pull.output[0],
            outcomes=config["outcome_definitions"],
            calendar=config["treatment_calendar"],
            code=code("make_data"),
        output:
            expand(f"{config['data']}/{{table}}.csv", table=MADE),
            **{name: f"{OUT}/pull/{name}.csv" for name in BESIDE},
            package=f"{config['data']}/datapackage.json",
        log:
            f"{OUT}/logs/make_data.log",
        benchmark:
            f"{OUT}/benchmarks/make_data.tsv"
        params:
            source=SOURCE,
            known=KNOWN,
        script:
            "../scripts/make_data.py"

    rule build_data:
        input:
            rules.make_data.output,
