"""Put the site together and have it built: `python -m building.website`, or `make docs`."""

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from building.website.gallery import write_gallery
from building.website.method import METHOD_PAGE, method_pages
from building.website.offline import faults
from building.website.pages import OWN, Links, page_paths

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".site"  # mkdocs.yml names both
SITE = ROOT / "site"
ANALYSES = "src/evaluation/analyses"
FLOW = re.compile(r'^ *(\w+)(?:\[.*\])? -- "(.*)" --> (\w+)', flags=re.MULTILINE)
DIAGRAM = re.compile(r"```mermaid\n(.*?)```", flags=re.DOTALL)
LISTED = """# The analyses of a report

An analysis is a folder of `src/evaluation/analyses`, found by its name; `ev.analyse` gives its
table ([the public API](index.md)). Which of them a study has depends on its figures
([what is absent](../use/another-place.md#what-is-absent)).

| analysis | what it asks or shows |
|---|---|
"""


def assemble(root: Path, folder: Path) -> list[str]:
    """Write every page of the site below `folder`; the studies in the gallery."""
    if folder.exists():
        shutil.rmtree(folder)  # a page that is no longer one would stay
    paths = page_paths(root)
    method, anchors = method_pages((root / METHOD_PAGE).read_text(encoding="utf-8"))
    links = Links(root, paths, {METHOD_PAGE: anchors})
    texts = {page: (METHOD_PAGE, text) for page, text in method.items()}
    for source, page in paths.items():
        texts[page] = (source, (root / source).read_text(encoding="utf-8"))
    for page, (source, text) in texts.items():
        write(folder / page, links.moved(without_diagrams(text), source, page))
    write(folder / "api" / "analyses.md", LISTED + analyses_of(root))
    for source, place in sorted(links.images):
        copy(root / source, folder / place)
    for source in sorted((root / OWN).iterdir()):
        if source.suffix in (".css", ".js"):
            copy(source, folder / "assets" / source.name)
    return write_gallery(root / "results", folder)


def without_diagrams(text: str) -> str:
    """A page with its flowcharts as tables: what draws them would be fetched by the reader."""

    def table(found: re.Match) -> str:
        rows = [
            f"| {start} | {what.replace('<br>', ' ')} | {end} |"
            for start, what, end in FLOW.findall(found[1])
        ]
        return "\n".join(["| from | what | to |", "|---|---|---|", *rows])

    return DIAGRAM.sub(table, text)


def analyses_of(root: Path) -> str:
    """A row for each analysis: its name, and the first line of its docstring."""
    rows = []
    for path in sorted((root / ANALYSES).glob("*/__init__.py")):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        rows.append(f"| `{path.parent.name}` | {said.splitlines()[0]} |\n")
    return "".join(rows)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def main() -> int:
    if find_spec("zensical") is None:
        print("The site is made by packages of the extra `docs`: pip install '.[docs]'")
        return 1
    studies = assemble(ROOT, FOLDER)
    print(f"Gallery: {', '.join(studies) or 'no run is in results/, so it says how to make one'}")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]  # of our own extension
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        return done.returncode
    found = faults(SITE)
    print("\n".join(found) or "site/ is complete in its folder: open site/index.html")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
