"""The files of a study that lead to each other, and who answers for them."""

from collections.abc import Sequence

from evaluation.page.language import Language
from evaluation.study.authorship import Authorship

# By document: the others in its language, with the key of the name each goes by.
BESIDE = {
    "report": (
        ("brief.{code}.html", "report.brief"),
        ("report.{code}.pdf", "report.beside.pdf"),
        ("explore.{code}.html", "report.beside.explore"),
        ("data.zip", "report.beside.data"),
    ),
    "brief": (
        ("report.{code}.html", "report.beside.page"),
        ("brief.{code}.pdf", "report.beside.pdf"),
    ),
    "plan": (
        ("plan.{code}.pdf", "report.beside.pdf"),
        ("plan.md", "plan.beside.text"),
        ("plan.json", "plan.beside.machines"),
    ),
    "scale_up_plan": (
        ("plan.{code}.pdf", "report.beside.pdf"),
        ("designs.csv", "plans.beside.designs"),
        ("order.csv", "plans.beside.order"),
    ),
}
PAGES = {"scale_up_plan": "plan"}  # of a document whose page is not called as it is


def beside(kind: str, language: Language, languages: Sequence[str]) -> list[dict[str, str]]:
    """Links (`href`, `text`, `lang`) from a document to the others, and to it in other languages.

    All lie in one folder, so that the links hold wherever that is copied to.
    """
    from babel import Locale

    links = [
        {"href": name.format(code=language.code), "text": language(key), "lang": ""}
        for name, key in BESIDE[kind]
    ]
    for code in languages:
        if code != language.code:
            name = Locale.parse(code).get_display_name(code) or code
            page = f"{PAGES.get(kind, kind)}.{code}.html"
            links.append({"href": page, "text": name.capitalize(), "lang": code})
    return links


def byline(authorship: Authorship, language: Language) -> str:
    """Authors, institution, date and contact in one line, as far as they are stated."""
    date = language.day(authorship.date) if authorship.date else ""
    said = (authorship.names, authorship.institution, date, authorship.contact)
    return " · ".join(part for part in said if part)
