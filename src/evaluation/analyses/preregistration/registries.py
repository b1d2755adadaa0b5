"""The fields of registries that each part of a plan fills, by the names that their forms have."""

from evaluation.page.language import Language

FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "question": {"OSF": ("Description", "Hypotheses"), "AEA": ("Trial Title", "Abstract")},
    "seen": {"OSF": ("Existing data", "Explanation of existing data"), "AEA": ("Trial Status",)},
    "background": {
        "OSF": ("Description",),
        "AEA": ("Intervention(s)", "Intervention Start Date"),
    },
    "trial": {"OSF": ("Study type", "Study design"), "AEA": ("Experimental Design",)},
    "assignment": {
        "OSF": ("Blinding", "Randomization", "Manipulated variables"),
        "AEA": ("Randomization Method", "Randomization Unit"),
    },
    "outcomes": {
        "OSF": ("Measured variables", "Indices"),
        "AEA": ("Primary Outcomes", "Secondary Outcomes"),
    },
    "analysis": {
        "OSF": ("Statistical models", "Transformations", "Inference criteria"),
        "AEA": ("Analysis Plan",),
    },
    "secondary": {"OSF": ("Statistical models",), "AEA": ("Analysis Plan",)},
    "sample": {
        "OSF": ("Sample size",),
        "AEA": ("Planned Number of Clusters", "Sample Size by Treatment Arms"),
    },
    "power": {"OSF": ("Sample size rationale",), "AEA": ("Minimum Detectable Effect Size",)},
    "stopping": {"OSF": ("Stopping rule",), "AEA": ("Trial End Date",)},
    "exclusions": {"OSF": ("Data exclusion", "Missing data")},
    "exploratory": {"OSF": ("Exploratory analysis",)},
    "data": {"OSF": ("Data collection procedures",)},
    "declarations": {"OSF": ("Other",), "AEA": ("Sponsors and Partners",)},
    "record": {"OSF": ("Other",), "AEA": ("Supporting Documents",)},
}


def fields(part: str, language: Language) -> str:
    """`Registry fields: OSF “Sample size”; AEA …`."""
    each = (
        f"{registry} {', '.join(language('plan.field', name=name) for name in names)}"
        for registry, names in FIELDS[part].items()
    )
    return language("plan.fields", fields="; ".join(each))
