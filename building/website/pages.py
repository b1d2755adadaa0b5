"""Which file of the project is which page of the site, and links between them.

In the project pages link to each other's files, as GitHub shows them. The site has other paths, the
method on several pages, and no file that is not a page.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

PAGES = {
    "docs/site/index.md": "index.md",  # in place of the README
    "docs/get-started.md": "get-started.md",
    "docs/when-not.md": "when-not.md",
    "docs/tutorial.md": "tutorial.md",
    "docs/faq.md": "faq.md",
    "docs/glossary.md": "glossary.md",
    "docs/equations.md": "method/equations.md",
    "docs/claims.md": "method/claims.md",
    "docs/validation.md": "method/validation.md",
    "docs/another-place.md": "use/another-place.md",
    "docs/add-a-study.md": "use/add-a-study.md",
    "config/README.md": "use/configure.md",
    "docs/plan.md": "use/plan.md",
    "docs/preregister.md": "use/preregister.md",
    "docs/pull.md": "use/pull.md",
    "docs/months.md": "use/months.md",
    "docs/cluster.md": "use/cluster.md",
    "data/README.md": "use/figures.md",
    "docs/add-a-source.md": "extend/add-a-source.md",
    "docs/add-an-estimator.md": "extend/add-an-estimator.md",
    "docs/add-an-analysis.md": "extend/add-an-analysis.md",
    "docs/house.md": "extend/house.md",
    "CONTRIBUTING.md": "extend/contributing.md",
    "docs/speed.md": "extend/speed.md",
    "CHANGELOG.md": "extend/changelog.md",
    "docs/api.md": "api/index.md",
    "docs/site/reference.md": "api/reference.md",
}
OWN = "docs/site"  # pages that only the site has, and what they look like
EXAMPLES = "studies"  # its README and those of its folders
MADE = ("gallery.md", "api/analyses.md")  # written from code and results
METHOD = "docs/method.md"
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^( *)(`{3,}).*?^\1\2 *$", flags=re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")  # in a table GitHub wants \| for | there, the site | itself
IMAGES = "images"


def page_paths(root: Path) -> dict[str, str]:
    """File of the project → page of the site, but for the method."""
    readmes = sorted((root / EXAMPLES).glob("*/README.md"))
    examples = {
        f"{EXAMPLES}/{path.parent.name}/README.md": f"examples/{path.parent.name}.md"
        for path in readmes
    }
    return PAGES | {f"{EXAMPLES}/README.md": "examples/index.md"} | examples


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """A page with its text changed and its blocks of code as they were."""
    parts, end = [], 0
    for found in FENCE.finditer(text):
        parts += [change(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, change(text[end:])])


class Links:
    """Links of the project's pages as links of the site's.

    root : the project
    pages : file → page
    anchors : file that is several pages → anchor → page; "" is the first of them
    images : (file, path in the site), filled as pages are read
    """

    def __init__(self, root: Path, pages: Mapping[str, str], anchors: Mapping[str, Mapping]):
        self.root, self.pages, self.anchors = root, pages, anchors
        several = [page for places in anchors.values() for page in places.values()]
        self.names = {*pages.values(), *several, *MADE}
        self.images: set[tuple[str, str]] = set()

    def moved(self, text: str, source: str, page: str) -> str:
        """The text of `source` with the links that `page` needs.

        Raises ValueError for a link to what is neither a page nor a file of the project. A file
        that is no page is named, not linked.
        """

        def link(found: re.Match) -> str:
            label, target = found.groups()
            if "://" in target or target.startswith("mailto:"):
                return found[0]
            arrived = self._page_of(target, source)
            return f"[{label}]({relative(arrived, page)})" if arrived else label

        def image(found: re.Match) -> str:
            file = joined(source, found[2])
            place = f"{IMAGES}/{PurePosixPath(file).name}"
            self.images.add((file, place))
            return f"![{found[1]}]({relative(place, page)})"

        def changed(part: str) -> str:
            bare = CODE.sub(lambda found: found[0].replace("\\|", "|"), part)
            return LINK.sub(link, IMAGE.sub(image, bare))

        return outside_fences(text, changed)

    def _page_of(self, target: str, source: str) -> str:
        """The page and anchor that a link arrives at; "" for a file that is no page."""
        name, _, anchor = target.partition("#")
        if source.startswith(OWN) and name in self.names:
            return target  # a page that only the site has speaks of pages
        file = joined(source, name) if name else source
        if file in self.anchors:
            return _with(self.anchors[file][anchor], anchor)
        if file in self.pages:
            return _with(self.pages[file], anchor)
        if not (self.root / file).exists():
            raise ValueError(f"{source}: the link {target} leads nowhere")
        return ""


def joined(source: str, name: str) -> str:
    """The path in the project of what `source` calls `name`."""
    return os.path.normpath(PurePosixPath(source).parent / name).replace(os.sep, "/")


def relative(target: str, page: str) -> str:
    name, hash_, anchor = target.partition("#")
    if name == page and anchor:
        return f"#{anchor}"
    return os.path.relpath(name, PurePosixPath(page).parent).replace(os.sep, "/") + hash_ + anchor


def _with(page: str, anchor: str) -> str:
    return f"{page}#{anchor}" if anchor else page
