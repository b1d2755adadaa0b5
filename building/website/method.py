"""The page on the method as several pages, in the order in which a newcomer reads them."""

import re

# page → title, headings of docs/method.md. Each heading is on one page: a new one wants its place.
METHOD_PAGE = "docs/method.md"
ORDER = {
    "method/index.md": (
        "The method in plain words",
        ["The question", "The comparison", "Three scales"],
    ),
    "method/test.md": ("The test", ["The test"]),
    "method/size-and-power.md": (
        "When a p-value may be believed",
        ["When a p-value may be believed"],
    ),
    "method/verdict.md": (
        "The verdict, and what could overturn it",
        [
            "The verdict",
            "All specifications together",
            "What would overturn a finding",
            "What the audit does",
            'What "frozen post hoc" means',
        ],
    ),
    "method/dates-outcomes-sectors.md": (
        "Dates, outcomes, sectors, counts",
        [
            "When did the effect begin?",
            "Several outcomes, several sectors",
            "Counting the same events otherwise",
            "Rates and values",
        ],
    ),
    "method/more-power.md": ("A second line with more power", ["A second line with more power"]),
    "method/monitoring.md": ("Looking every month", ["Looking every month"]),
    "method/beside.md": (
        "Beside the verdict: elsewhere, priors, costs",
        ["Beside the verdict: elsewhere, priors, costs"],
    ),
    "method/limits.md": ("Limits", ["Limits", "What the report does not answer"]),
}


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub and the site make it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def method_pages(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Page → its text, and anchor → page.

    Raises ValueError for a heading of the page that has no place in `ORDER`, or the reverse.
    """
    opening, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    sections = {part.partition("\n")[0].strip(): part.partition("\n")[2] for part in parts}
    placed = [heading for _, headings in ORDER.values() for heading in headings]
    if sorted(placed) != sorted(sections):
        differ = sorted(set(placed) ^ set(sections))
        raise ValueError(f"docs/method.md and ORDER in building/website/method.py differ: {differ}")
    pages, anchors = {}, {"": next(iter(ORDER))}
    for page, (title, headings) in ORDER.items():
        alone = headings == [title]
        written = [f"# {title}\n"]
        for heading in headings:
            body = sections[heading]
            # The only section of a page needs no heading of its own.
            written.append(body.replace("\n### ", "\n## ") if alone else f"## {heading}\n{body}")
            inner = re.findall(r"^### (.+)$", body, flags=re.MULTILINE)
            anchors |= {slug(name): page for name in (heading, *inner)}
        pages[page] = "\n".join(written)
    return pages, anchors
