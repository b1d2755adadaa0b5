"""The brief: two pages for a reader who decides, from the numbers and findings of the report."""

from collections.abc import Mapping, Sequence

from evaluation.analyses.evidence.findings import findings
from evaluation.analyses.gate.verdict import ESTABLISHED
from evaluation.analyses.numbers import Value
from evaluation.page.language import Language
from evaluation.page.page import SENTENCE, finding_of

Facts = Mapping[str, str]
Numbers = Mapping[str, Value]
MOST = {"for": 3, "against": 4}  # findings of each side that a brief has room for
BACKGROUND = 3  # sentences
LIMITS = 4


def brief(
    background: str,
    limits: Sequence[str],
    numbers: Numbers,
    facts: Facts,
    language: Language,
) -> dict:
    """`parts` (heading, paragraphs, bullets) in reading order, and `sheet`, rows of a table."""

    def said(key: str) -> str:
        return language(f"report.brief.{key}", **facts)

    def value(row: str) -> str:
        if row == "calibration":
            return language(f"calibrated.{numbers['calibration']}")
        return said(f"sheet.{row}.value")

    asked = " ".join(SENTENCE.split(background.strip())[:BACKGROUND])
    found = [
        {"heading": language(f"report.evidence.{side}"), "bullets": texts}
        for side in MOST
        if (texts := _findings(side, numbers, facts, language))
    ]
    parts = [
        {"heading": said("question"), "paragraphs": [asked] if asked else [], "bullets": []},
        {"heading": said("how.heading"), "paragraphs": [said("how")], "bullets": []},
        *({"paragraphs": [], **side} for side in found),
        {
            "heading": said("means.heading"),
            "paragraphs": [said(f"means.{_meaning(str(numbers['verdict']))}")],
            "bullets": [],
        },
        {
            "heading": language("report.part.limits"),
            "paragraphs": [],
            "bullets": [finding_of(limit)[0] for limit in limits[:LIMITS]],
        },
        {
            "heading": said("next.heading"),
            "paragraphs": [],
            "bullets": [said(f"next.{key}") for key in ("draw", "register", "record")],
        },
    ]
    return {
        "parts": [part for part in parts if part["paragraphs"] or part["bullets"]],
        "sheet": [(said(f"sheet.{key}"), value(key)) for key in _rows(numbers)],
    }


def _findings(side: str, numbers: Numbers, facts: Facts, language: Language) -> list[str]:
    """The first sentences of a side."""
    keys = [finding.key for finding in findings(numbers) if finding.side == side]
    return [language(f"report.evidence.{key}", **facts) for key in keys[: MOST[side]]]


def _meaning(verdict: str) -> str:
    if verdict in ESTABLISHED:
        return "fall" if verdict == ESTABLISHED[0] else "rise"
    return verdict if verdict in ("inconclusive", "open") else "small"


def _rows(numbers: Numbers) -> list[str]:
    interval = [] if numbers["ci_low_percent"] is None else ["interval"]
    calibration = [] if numbers["primary_p"] is None else ["calibration"]
    return ["outcome", "window", "comparison", "test", *calibration, *interval, "kind", "data"]
