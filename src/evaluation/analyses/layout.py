"""What goes where on the page: parts, their sections, and their exhibits, open or folded."""

from collections.abc import Mapping

from evaluation.analyses import in_section
from evaluation.analyses.evidence.facts import lists
from evaluation.analyses.numbers import Value
from evaluation.page.language import Language
from evaluation.page.page import finding_of
from evaluation.page.sections import CLOSING, OPEN, OPENING, PARTS, VERDICT
from evaluation.study.study import Study

Facts = Mapping[str, str]


def parts(
    exhibits: Mapping[str, dict],
    numbers: Mapping[str, Value],
    facts: Facts,
    study: Study,
    language: Language,
) -> list[dict]:
    """The parts in order, each with its sections; exhibits get their numbers as they come."""
    found = []
    counts = {"figure": 0, "table": 0}
    _count(exhibits[f"figure:{OPENING}"], counts)
    for part, names in PARTS.items():
        sections = [
            _section(name, exhibits, counts, numbers, facts, study, language)
            for name in names
            if name in CLOSING or in_section(name, study)
        ]
        found.append(
            {
                "id": part,
                "heading": language(f"report.part.{part}", **facts),
                "sections": sections,
            }
        )
    return found


def _section(
    name: str,
    exhibits: Mapping[str, dict],
    counts: dict[str, int],
    numbers: Mapping[str, Value],
    facts: Facts,
    study: Study,
    language: Language,
) -> dict:
    section = {"id": name, "heading": language(f"report.section.{name}")}
    if name in CLOSING:
        return section | {"intro": "", "evidence": [], "exhibits": []}
    intro = f"report.intro.{name}"
    if name == "headline_audit" and not numbers["claims"]:
        intro += "_none"
    shown = [exhibits[one.key] for one in in_section(name, study)]
    for exhibit in shown:
        _count(exhibit, counts)
    return section | {
        "intro": language(intro, **facts),
        "evidence": lists(numbers, facts, language) if name == VERDICT else [],
        "exhibits": shown,
    }


def _count(exhibit: dict, counts: dict[str, int]) -> None:
    """Give an exhibit its number, its finding, and whether it stands open."""
    if not exhibit["absent"]:
        counts[exhibit["kind"]] += 1
        exhibit["number"] = counts[exhibit["kind"]]
    text = " ".join(exhibit["readings"])
    exhibit["open"] = f"{exhibit['kind']}:{exhibit['name']}" in OPEN
    exhibit["finding"], exhibit["rest"] = finding_of(text)
