"""What a study has to be analysed with; an analysis that needs what there is not is absent.

The default study has everything. Of a panel that was given a study has what came with it, and an
analysis says by `NEEDS` in its folder without what it has nothing to say (`analyses/__init__.py`).
"""

FEATURES = {
    "counts": "the primary outcome counts events",
    "exposure": "counts are set against inhabitants over time, or another exposure",
    "neighbours": "which units lie near each other",
    "rings": "events by distance from a unit",
    "regions": "units lie in regions",
    "attributes": "figures about the units, as inhabitants and area",
    "map": "where the units lie",
    "old_map": "how the units overlap with those of an older map",
    "programme": "other units that the programme reached, with their starts",
    "events": "a calendar of what else happened",
    "variants": "other ways to count the same events",
    "flow": "what became of each row of the raw files",
    "totals": "official totals to compare with",
    "releases": "earlier releases of the figures",
    "claims": "figures that were announced",
    "covariates": "what else is known of each unit in each period",
    "parts": "the primary outcome is the sum of parts",
    "monitoring": "looks month by month are planned",
    "secondary": "a second line of estimators is asked for",
    "literature": "effects published elsewhere are listed",
    "costs": "what the programme cost is stated",
    "implementation": "what was delivered is stated",
    "plan": "a plan was registered",
}
OF_PANEL = ("covariates",)  # what only a panel that is given can bring
ALL = tuple(name for name in FEATURES if name not in OF_PANEL)
