"""What is wrong with a site for a reader without a network: looked for in the files as built."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Attributes that a browser fetches by itself; a link in the text it does not.
FETCHED = {
    **{"script": ("src",), "img": ("src", "srcset"), "iframe": ("src",), "source": ("src",)},
    **{"audio": ("src",), "video": ("src", "poster"), "embed": ("src",), "object": ("data",)},
    **{"link": ("href",), "image": ("href", "xlink:href"), "use": ("href", "xlink:href")},
}
NOT_FETCHED = {"canonical", "next", "prev", "alternate", "author", "license"}  # kinds of <link>
OUTSIDE = re.compile(r"^(?:https?:)?//")
STYLE = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])((?:https?:)?//[^'\")\s]+)")
FOLDERS = r"(?<![\w.:/-])/(?:home|root|Users|work|tmp|mnt)/[\w.-]+"
MACHINE = re.compile(rf"{FOLDERS}|localhost|127\.0\.0\.1")
TEXTS = {".html", ".css", ".js", ".json", ".xml", ".svg", ".txt"}


class _Page(HTMLParser):
    """What a page fetches, links to and can be linked at."""

    def __init__(self, text: str):
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        self.fetched += STYLE.findall(given.get("style", ""))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        kinds = set(given.get("rel", "").split())
        if tag == "link" and kinds & NOT_FETCHED and "stylesheet" not in kinds:
            return
        self.fetched += [given[name] for name in FETCHED.get(tag, ()) if given.get(name)]


def faults(site: Path) -> list[str]:
    """What a site asks of the network, links that lead nowhere and addresses of a machine.

    A line for each, the file first; none for a site that is complete in its folder.
    """
    found = []
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site)
        found += [f"{name}: fetches {url}" for url in page.fetched if OUTSIDE.match(url)]
        inner = [url for url in page.fetched if not OUTSIDE.match(url)]
        for link in [*inner, *page.links]:
            if broken(link, path, pages, site):
                found.append(f"{name}: {link} leads nowhere")
    for path in sorted(path for path in site.rglob("*") if path.suffix in TEXTS):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(site)
        if path.suffix in (".css", ".html", ".svg"):
            found += [f"{name}: fetches {url}" for url in STYLE.findall(text)]
        found += [f"{name}: has {address}" for address in sorted(set(MACHINE.findall(text)))]
    return found


def broken(link: str, path: Path, pages: dict[Path, _Page], site: Path) -> bool:
    """Whether a link within the site has no file, or its file no such anchor."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    name = unquote(parts.path)
    target = path
    if name:
        target = site / name.lstrip("/") if name.startswith("/") else path.parent / name
        target = target.resolve()
    if target.is_dir():
        target = target / "index.html"
    if not target.is_file():
        return True
    anchor, known = unquote(parts.fragment), pages.get(target)
    if not anchor or known is None or anchor.startswith("__"):
        return False  # "__" begins the generator's own
    return anchor not in known.ids
