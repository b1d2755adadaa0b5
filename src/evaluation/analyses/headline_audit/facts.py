"""What the page says with the published change."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    return ["headline_audit_none" if numbers["treated_change"] is None else "headline_audit"]
