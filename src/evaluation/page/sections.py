"""The sections of the page, in reading order; analyses say which exhibits go in which."""

OPENING = "paths"  # the figure next to the answer
ANSWER = "answer"
VERDICT = "verdict"  # the section that gathers what speaks for an effect and what against it
SECTIONS = (
    VERDICT,
    "claims",
    "design",
    "data",
    "headline_audit",
    "results",
    "comparison",
    "inference",
    "power",
    "secondary",
    "time",
    "outcomes",
    "spillover",
    "measurement",
    "specifications",
    "scale_up",
    "literature",
    "monitoring",
    "releases",
    "standards",
)
CLOSING = ("limits", "reproduce")  # after the sections with exhibits
