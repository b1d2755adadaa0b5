"""The site as put together: every page and link of the project has its place on it."""

import re
import shutil
import subprocess
import sys

import pytest
import yaml

from building.website.__main__ import analyses_of, assemble, without_diagrams
from building.website.gallery import LONGEST_ALT, short, write_gallery
from building.website.method import METHOD_PAGE, ORDER, method_pages
from building.website.offline import faults
from building.website.pages import PAGES, Links, page_paths
from tests.conftest import ROOT

APART = {METHOD_PAGE}  # several pages of the site


class Config(yaml.SafeLoader):
    """`mkdocs.yml` without the functions that it names."""


Config.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, name, node: name)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    assemble(ROOT, folder)
    return folder


def named(entries):
    for entry in entries:
        inner = next(iter(entry.values())) if isinstance(entry, dict) else entry
        yield from [inner] if isinstance(inner, str) else named(inner)


def test_every_document_is_a_page_and_every_page_is_in_the_navigation(built):
    documents = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert documents - APART <= set(PAGES)
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Config)
    pages = {path.relative_to(built).as_posix() for path in built.rglob("*.md")}
    listed = list(named(config["nav"]))
    assert sorted(listed) == sorted(pages)


def test_what_a_page_links_to_is_there(built):
    """Files; anchors are those of the generator, which is strict about them."""
    found = 0
    for page in built.rglob("*.md"):
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            name = target.partition("#")[0]
            if name and "://" not in target:
                assert (page.parent / name).resolve().is_file(), (page.name, target)
                found += 1
    assert found > 100


def test_the_method_is_whole_and_its_anchors_lead_to_its_pages(built):
    text = (ROOT / METHOD_PAGE).read_text(encoding="utf-8")
    pages, anchors = method_pages(text)
    words = sum(len(page.split()) for page in pages.values())
    assert words >= len(text.split()) - len(re.findall("^## ", text, re.MULTILINE)) * 8
    assert list(pages) == list(ORDER) and anchors["looking-every-month"] == "method/monitoring.md"
    study = (built / "use" / "add-a-study.md").read_text(encoding="utf-8")
    assert "(../method/monitoring.md#looking-every-month)" in study


def test_a_heading_without_a_place_stops_the_build():
    text = (ROOT / METHOD_PAGE).read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="differ.*A new heading"):
        method_pages(f"{text}\n## A new heading\nText.\n")


def test_a_link_that_leads_nowhere_stops_the_build_and_code_is_no_link():
    links = Links(ROOT, page_paths(ROOT), {METHOD_PAGE: {"": "method/index.md"}})
    with pytest.raises(ValueError, match=r"faq\.md: the link nowhere\.md leads nowhere"):
        links.moved("[x](nowhere.md)", "docs/faq.md", "faq.md")
    assert links.moved("[x](../Makefile)", "docs/faq.md", "faq.md") == "x"
    assert links.moved("[x](method.md)", "docs/faq.md", "use/x.md") == "[x](../method/index.md)"
    code = "```python\nrows[0](nowhere)\n```\n"
    assert links.moved(code, "docs/faq.md", "faq.md") == code
    assert links.moved("![a](paths.png)", "docs/faq.md", "use/x.md") == "![a](../images/paths.png)"
    assert links.moved(r"| `a\|b` |", "docs/faq.md", "faq.md") == "| `a|b` |"
    assert links.images == {("docs/paths.png", "images/paths.png")}


def test_flowcharts_become_tables(built):
    text = '```mermaid\nflowchart LR\n    a[("x")] --> b\n    b -- "one<br>two" --> c\n```\n'
    assert without_diagrams(text).splitlines()[2:] == ["| b | one two | c |"]
    assert "mermaid" not in (built / "extend" / "house.md").read_text(encoding="utf-8")


def test_every_analysis_says_its_question():
    rows = analyses_of(ROOT).splitlines()
    assert len(rows) > 40 and all(row.endswith("|") and len(row) > 20 for row in rows)


def test_the_gallery_shows_runs_that_are_finished_and_says_when_there_is_none(tmp_path):
    (tmp_path / "site").mkdir()
    assert write_gallery(tmp_path / "results", tmp_path / "site") == []
    page = tmp_path / "site" / "gallery.md"
    assert "No run was at hand" in page.read_text(encoding="utf-8")
    figures = tmp_path / "results" / "castle" / "figures"
    figures.mkdir(parents=True)
    (figures / "paths.en.svg").write_text("<svg/>")
    (figures / "paths.en.txt").write_text("One. " + "Two words. " * 60)
    run = figures.parent
    (run / "report.en.html").write_text('<a href="tables/a.csv">a</a> <a href="../x">x</a>')
    (run / "tables").mkdir()
    (run / "tables" / "a.csv").write_text("a\n")
    assert write_gallery(tmp_path / "results", tmp_path / "site") == []  # killed before its end
    (run / "manifest.json").write_text("{}")
    assert write_gallery(tmp_path / "results", tmp_path / "site") == ["castle"]
    text = page.read_text(encoding="utf-8")
    (alt,) = re.findall(r"!\[(.*)\]\(images/castle/paths\.en\.svg\)", text)
    assert len(alt) <= LONGEST_ALT and alt.endswith("words.")
    assert (tmp_path / "site/reports/castle/tables/a.csv").read_text() == "a\n"
    assert short("x " * 200).endswith(" …")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "fetches https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//fonts.example/a">', "fetches //fonts.example/a"),
        ('<img src="http://example/a.png">', "fetches http://example/a.png"),
        ("<style>@import 'https://e.example/a'</style>", "fetches https://e.example/a"),
        ('<a href="gone.html">x</a>', "gone.html leads nowhere"),
        ('<a href="#gone">x</a>', "#gone leads nowhere"),
        ("<p>in /home/someone/study</p>", "has /home/someone"),
    ],
)
def test_what_a_reader_without_a_network_would_miss_is_found(tmp_path, text, fault):
    (tmp_path / "index.html").write_text(text)
    assert faults(tmp_path) == [f"index.html: {fault}"]


def test_a_complete_site_has_no_faults(tmp_path):
    text = '<a id="a" href="b.html#b">x</a> <a href="https://e.example/">out</a> <a href="#a">y</a>'
    (tmp_path / "index.html").write_text(f"{text} <link rel='canonical' href='https://e.example'>")
    (tmp_path / "b.html").write_text('<h1 id="b">x</h1> <img src="data:image/png;base64,AA">')
    assert faults(tmp_path) == []


def test_formulas_become_mathml_and_dollars_in_code_stay():
    pytest.importorskip("latex2mathml")
    markdown = pytest.importorskip("markdown")
    from building.website.mathml import formula

    extensions = ["building.website.mathml"]
    text = "A $x_i$ and `a$b$`.\n\n$$\n\\frac{1}{2}\n$$\n"
    html = markdown.markdown(text, extensions=extensions)
    assert html.count("<math") == 2 and "<code>a$b$</code>" in html and "<mfrac>" in html
    plain = markdown.markdown("It costs $5 or $6.", extensions=extensions)
    assert "<math" not in plain and "$5 or $6" in plain
    with pytest.raises(ValueError, match="not known"):
        formula(r"\nosuchcommand x")


def test_the_site_builds_without_a_warning(tmp_path):
    """As `make docs` does, in a copy of what it reads, where no study was run."""
    pytest.importorskip("zensical")
    skipped = shutil.ignore_patterns("__pycache__", "*.csv")
    for name in ("building", "config", "data", "docs", "src", "studies"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skipped)
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "mkdocs.yml"):
        shutil.copy2(ROOT / name, tmp_path / name)
    command = [sys.executable, "-m", "building.website"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    for words in ("no run is in results/", "No issues found", "is complete in its folder"):
        assert words in said
    site = tmp_path / "site"
    reference = (site / "api" / "reference.html").read_text(encoding="utf-8")
    for name in ("Panel", "design", "fit", "test", "load", "analyse", "InputError"):
        assert f'id="evaluation.{name}"' in reference, name
    assert "<math" in (site / "method" / "equations.html").read_text(encoding="utf-8")
