# history   ledger → history/<frame>.parquet, what it held of releases up to this run's
LEDGER = f"{SOURCE.get('store', '.raw')}/ledger/{STUDY.study}"


rule history:
    input:
        # Rows that a run adds once it is over are of no release before it.
        ledger=ancient(list(filter(os.path.exists, [f"{LEDGER}/estimates.csv"]))),
        counts=list(filter(os.path.exists, [f"{LEDGER}/releases.csv", f"{LEDGER}/counts.parquet"])),
        code=code("history"),
    output:
        **{name: f"{OUT}/history/{name}.parquet" for name in HISTORY},
    log:
        f"{OUT}/logs/history.log",
    params:
        ledger=LEDGER,
        until=config.get("release"),
    script:
        "../scripts/history.py"
