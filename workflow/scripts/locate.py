import pandas as pd

from evaluation.panel.maps import prepare_maps
from evaluation.panel.shipping import locate_incidents
from evaluation.sources.plan import parse_source, read_pulled
from evaluation.sources.reference import read_polygons
from evaluation.sources.shipped import known_inhabitants
from evaluation.sources.vintages import Store
from evaluation.study.errors import reported_to
from evaluation.study.files import write_parquet

with reported_to(snakemake.log[0]):
    source = parse_source(snakemake.params.source)
    store = Store(source.store)
    maps = prepare_maps(
        read_pulled(snakemake.input.files),
        source.map,
        lambda sha256: read_polygons(store.verified(sha256)),
        dict(source.quadrant_columns),
        lambda: known_inhabitants(snakemake.params.known),
    )
    incidents = pd.read_parquet(snakemake.input.incidents)
    write_parquet(locate_incidents(incidents, maps.frozen), snakemake.output[0])
