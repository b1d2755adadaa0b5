"""What the page says with the published change."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if numbers["treated_change"] is None:
        return ["headline_audit_none"]
    # What another outcome fits is the finding only where none is reproduced as it stands.
    elsewhere = numbers["claim_elsewhere_outcome"] is not None and not numbers["claims_reproduced"]
    return ["audit_elsewhere" if elsewhere else "audit_claims", "headline_audit"]
