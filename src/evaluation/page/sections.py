"""The parts of the page and their sections, in reading order; analyses say which exhibits go where.

A reader with a minute has the first part, one with ten the six parts as they open; what a referee
asks for is folded under a finding, or in the appendix.
"""

OPENING = "opening"  # the figure of the first screen
ANSWER = "answer"
VERDICT = "verdict"  # the section that gathers what speaks for an effect and what against it
LIMITS = "limits"
APPENDIX = "appendix"
PARTS: dict[str, tuple[str, ...]] = {
    ANSWER: (),
    "published": ("headline_audit", "claims"),
    "findings": ("results", "outcomes", "comparison", "scale_up"),
    "chance": ("inference", "power", "secondary", "specifications", "monitoring"),
    "weakens": (VERDICT, "time", "spillover", "measurement"),
    LIMITS: (),
    APPENDIX: ("method", "design", "data", "literature", "releases", "standards", "reproduce"),
}
CLOSING = (LIMITS, "method", "reproduce")  # sections without exhibits
SECTIONS = tuple(
    section for sections in PARTS.values() for section in sections if section not in CLOSING
)
# What stands open; every other exhibit is folded under its finding.
OPEN = ("figure:opening", "table:headline_audit", "table:outcomes", "figure:placebo_space")
