"""Which exhibits stand in which section of the page, in reading order."""

OPENING = "paths"  # the figure beside the answer
ANSWER = "answer"
VERDICT = "verdict"  # the section that gathers what speaks for an effect and what against it
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (VERDICT, ("table:gate",)),
    ("claims", ("table:claims",)),
    ("design", ("table:design", "figure:sectors_map")),
    ("data", ("table:data_flow", "table:balance")),
    ("headline_audit", ("table:headline_audit",)),
    ("results", ("table:main_effects", "figure:gaps", "figure:raw_series")),
    ("comparison", ("table:weights", "figure:weights_map")),
    (
        "inference",
        (
            "table:inference",
            "figure:placebo_space",
            "figure:rmspe_ratio",
            "table:sensitivity",
        ),
    ),
    (
        "power",
        (
            "table:recovery",
            "figure:gate_power",
            "table:gate_recovery",
            "table:gate_verdicts",
            "table:power",
            "figure:power_curve",
            "table:sizes",
        ),
    ),
    (
        "time",
        (
            "figure:placebo_time",
            "table:start_dates",
            "figure:start_date_curve",
            "figure:leave_one_out",
            "table:influence",
            "table:donor_rules",
            "table:selection",
            "figure:event_study",
            "table:pretrends",
            "table:honest_bounds",
        ),
    ),
    ("outcomes", ("table:outcomes", "table:lethality")),
    (
        "spillover",
        ("table:spillover", "figure:spillover_rings", "table:displacement", "table:contamination"),
    ),
    ("measurement", ("table:measurement",)),
    ("specifications", ("figure:specification_curve", "table:specifications", "table:joint_test")),
    ("scale_up", ("table:staggered",)),
    ("standards", ("table:standards",)),
)
CLOSING = ("limits", "reproduce")  # after the sections with exhibits


def section_of(place: str) -> str:
    """The section of `table:…` or `figure:…`, or that of `section:…` itself.

    Raises `KeyError` for a place that the page does not have.
    """
    kind, _, name = place.partition(":")
    if place == f"figure:{OPENING}":
        return ANSWER
    if kind == "section" and name in (ANSWER, *dict(SECTIONS), *CLOSING):
        return name
    for section, exhibits in SECTIONS:
        if place in exhibits:
            return section
    raise KeyError(f"the page has no {place}")


def anchor_of(place: str) -> str:
    """The id on the page of an exhibit or a section."""
    kind, _, name = place.partition(":")
    return name if kind == "section" else f"exhibit-{name}"
