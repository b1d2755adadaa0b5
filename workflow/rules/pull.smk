# build_data   raw files of a folder (config `raw`) → data/*.csv, data/datapackage.json
#
# Only where `raw` is given: snakemake build_data --config raw=FOLDER [data_out=FOLDER]. The folder
# holds fgj/*.csv.gz (the prosecutor's files), sectors/*.gpkg (police quadrants of both maps) and
# reference/sesnsp_cdmx_victims_month.csv (official totals).
if "raw" in config:
    RAW = Path(config["raw"])
    DATA_OUT = config.get("data_out", "data")

    rule build_data:
        input:
            incidents=[
                str(RAW / "fgj" / f"{name}.csv.gz")
                for name in (
                    "carpetasFGJ_2016",
                    "carpetasFGJ_2017",
                    "puntos_2019_2024",
                    "carpetasFGJ_homicidios_2016_2025",
                    "carpetasFGJ_2020",
                    "carpetasFGJ_2025_01",
                )
            ],
            quadrants_2016=str(RAW / "sectors" / "cuadrantes_2016.gpkg"),
            quadrants_2023=str(RAW / "sectors" / "cuadrantes_2023.gpkg"),
            victims=str(RAW / "reference" / "sesnsp_cdmx_victims_month.csv"),
            outcomes=config["outcome_definitions"],
            calendar=config["treatment_calendar"],
            code=code(
                "sources/layouts.py",
                "sources/shipped.py",
                "panel/geography.py",
                "panel/counts.py",
                "panel/shipping.py",
            ),
        output:
            expand(
                f"{DATA_OUT}/{{table}}.csv",
                table=[
                    "sector_month",
                    "coverage",
                    "sectors",
                    "neighbours",
                    "rings",
                    "quadrants",
                    "city_totals",
                    "data_flow",
                ],
            ),
            package=f"{DATA_OUT}/datapackage.json",
        log:
            "results/logs/build_data.log",
        benchmark:
            "results/benchmarks/build_data.tsv"
        script:
            "../scripts/build_data.py"
