"""Every item of the reporting standards: how far the report answers it, and where."""

import pandas as pd

from evaluation.analyses.outline import anchor_of, on_page, section_of
from evaluation.analyses.standards.checklists import MUST, Answer, Item, Standard, answers
from evaluation.analyses.standards.checklists import standards as all_standards
from evaluation.page.language import Language
from evaluation.page.sections import ANSWER
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study


def standards(study: Study, language: Language, *, standards: pd.DataFrame) -> Table:
    """One row per item, by standard; † marks a must that is not answered."""
    names = {standard.key: _named(standard, language) for standard in all_standards()}
    records = [
        {"standard": names[answer.item.standard], **_record(study, answer, language)}
        for answer in answers(standards)
    ]
    return Table(
        name="standards",
        frame=pd.DataFrame(records),
        columns=_columns(language),
        title=language("table.standards.title"),
        note=_note(language),
        group="standard",
        group_label=language("table.standards.standard"),
    )


def _record(study: Study, answer: Answer, language: Language) -> dict:
    """What the page of this study has no place for is no place, and no remark is about it."""
    item = answer.item
    lacking = [language(f"table.standards.lacking.{name}") for name in answer.lacking]
    places = [place for place in item.where if on_page(place, study)]
    sections = _sections(places)
    silent = (item.where and not sections) or (answer.answered == "inapplicable" and lacking)
    own = "" if silent else _text(item, "remark", language)
    remark = " ".join(part for part in (own, *lacking) if part)
    return {
        "item": f"{item.number}. {_text(item, 'name', language)}",
        "asks": _text(item, "asks", language),
        "weight": language(f"table.standards.weight.{item.weight}"),
        "answered": language(f"table.standards.answer.{answer.answered}"),
        "unanswered": item.weight == MUST and answer.answered == "missing",
        "where": "; ".join(_heading(name, language) for name in sections) or "–",
        "anchors": " ".join(anchor_of(place) for place in sections.values()),
        "remark": remark,
        "exhibits": " ".join(places),
    }


def _named(standard: Standard, language: Language) -> str:
    return language.kept(f"standards.{standard.key}", standard.name)


def _text(item: Item, part: str, language: Language) -> str:
    texts = getattr(item, part)
    return language.kept(f"standards.{item.id}.{part}", texts) if texts else ""


def _sections(places: list[str]) -> dict[str, str]:
    """The first of some places in each of their sections."""
    first: dict[str, str] = {}
    for place in places:
        first.setdefault(section_of(place), place)
    return first


def _heading(section: str, language: Language) -> str:
    key = "report.answer.heading" if section == ANSWER else f"report.section.{section}"
    return language(key)


def _columns(language: Language) -> tuple[Column, ...]:
    def label(key: str) -> str:
        return language(f"table.standards.{key}")

    return (
        Column(("item",), label("item")),
        Column(("asks",), label("asks"), "prose"),
        Column(("weight",), label("weight"), "label"),
        Column(("answered",), label("answered"), "label", flag="unanswered"),
        Column(("where",), label("where"), "places", anchors="anchors"),
        Column(("remark",), label("remark"), "prose"),
        Column(("exhibits",), label("exhibits"), csv_only=True),
    )


def _note(language: Language) -> str:
    sources = [standard.citation for standard in all_standards()]
    return f"{language('table.standards.note')} {'; '.join(sources)}."
