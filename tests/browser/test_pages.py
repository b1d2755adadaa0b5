"""The pages of a finished run in a real Chromium, as a reader has them: widths, keyboard, paper.

EVALUATION_RESULTS names the folder of a run; by default it is that of the default study.
"""

import base64
import os
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.browser

RESULTS = Path(os.environ.get("EVALUATION_RESULTS", ROOT / "results" / "plateros_pilot")).resolve()
PAGES = [f"{kind}.{code}.html" for kind in ("report", "brief", "explore") for code in ("en", "es")]
WIDTHS = (390, 1024, 1600)
SCREEN = 960  # pixels of height
MOST_SCREENS = {1024: 13, 1600: 12}  # of the report as it opens, by width
MOST_BYTES = 1_500_000
MOST_PROSE = {"en": 34_000, "es": 37_000}  # letters of all that is said, folds included
# Without cells, contents, equations, files, references, citations and what figures show in words.
PROSE = """(() => {
    const page = document.body.cloneNode(true);
    const other = "table > :not(caption), nav, math, svg, script, style, button, label, .download, \
.cite, #references, figure .notes";
    page.querySelectorAll(other).forEach((part) => part.remove());
    return page.textContent.replace(/\\s+/g, " ").length;
})()"""
OPEN_ALL = "document.querySelectorAll('details').forEach((fold) => (fold.open = true))"


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if not chromium or not (RESULTS / PAGES[0]).is_file():
        pytest.skip(f"no chromium on the PATH, or no run in {RESULTS}")
    with sync.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])


@pytest.fixture
def opened(browser):
    """A function that opens a page; in the end nothing may have been asked for, or gone wrong."""
    wrong, contexts = [], []

    def at(name, width=1600, **more):
        context = browser.new_context(
            viewport={"width": width, "height": SCREEN}, bypass_csp=True, **more
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda message: wrong.append(message.text) if message.type == "error" else 0
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda request: (
                wrong.append(request.url)
                if not request.url.startswith(("file:", "data:", "blob:"))
                else 0
            ),
        )
        page.goto((RESULTS / name).as_uri())
        page.wait_for_load_state("networkidle")
        return page

    yield at
    for context in contexts:
        context.close()
    assert wrong == []


def sideways(page):
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways_and_axe_finds_nothing_serious(opened, name, width):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(name, width)
    assert sideways(page) <= 0
    page.evaluate(OPEN_ALL)
    page.wait_for_timeout(300)
    assert sideways(page) <= 0
    found = Axe().run(page).response["violations"]
    print(name, width, {one["id"]: one["impact"] for one in found})
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    beyond = """[...document.querySelectorAll("[class*=scroll], .sideways")].filter(
        (box) => box.scrollWidth > box.clientWidth + 1 && box.tabIndex < 0).length"""
    assert page.evaluate(beyond) == 0


@pytest.mark.parametrize("width", MOST_SCREENS)
@pytest.mark.parametrize("code", ["en", "es"])
def test_the_report_is_light_and_short(opened, code, width):
    page = opened(f"report.{code}.html", width)
    height = page.evaluate("document.documentElement.scrollHeight")
    paint = page.evaluate("performance.getEntriesByType('paint')[0]?.startTime")
    letters = len(page.inner_text("body"))
    size = (RESULTS / f"report.{code}.html").stat().st_size
    prose = page.evaluate(PROSE)
    print(
        f"{code}, {width} px: {height / SCREEN:.2f} screens, {letters} letters open, {prose} of "
        f"prose, {size} bytes, paint {paint} ms"
    )
    assert height / SCREEN <= MOST_SCREENS[width] and size <= MOST_BYTES
    assert prose <= MOST_PROSE[code]


def test_the_first_screen_holds_the_answer(opened):
    page = opened("report.en.html")
    for part in (".verdict", ".sentence", ".cards", ".first svg"):
        assert page.locator(part).first.bounding_box()["y"] < SCREEN


def test_keys_reach_and_open_everything(opened):
    page = opened("report.en.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    fold = page.locator("details.fold").nth(1)
    fold.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert fold.evaluate("(fold) => fold.open")


def test_a_link_opens_what_is_folded(opened):
    page = opened("report.en.html")
    page.evaluate("location.hash = 'exhibit-table-main_effects'")
    page.wait_for_timeout(300)
    fold = page.locator("#exhibit-table-main_effects")
    assert fold.evaluate("(fold) => fold.open")
    assert 0 <= fold.bounding_box()["y"] < SCREEN


def test_a_search_leads_somewhere(opened):
    page = opened("report.en.html")
    page.locator("nav input").fill("poisson")
    links = page.locator(".results a")
    assert links.count() > 1
    for link in links.all():
        assert page.locator(link.get_attribute("href")).count() == 1


def test_a_table_is_sorted_and_filtered_by_keys(opened):
    page = opened("report.en.html")
    page.evaluate(OPEN_ALL)
    fold = page.locator("#exhibit-table-main_effects")
    rows = fold.locator("tbody tr:not(.group):visible")
    shown = rows.count()
    fold.locator("button", has_text="All rows").click()
    every = rows.count()
    assert every > shown
    fold.locator("input[type=search]").fill("shooting")
    assert 0 < rows.count() < every
    fold.locator("input[type=search]").fill("")
    head = fold.locator("thead button").nth(3)
    head.focus()
    page.keyboard.press("Enter")
    assert fold.locator("thead th[aria-sort=ascending]").count() == 1


def test_without_a_script_everything_reads(opened):
    page = opened("report.en.html", java_script_enabled=False)
    fold = page.locator("#exhibit-table-main_effects")
    fold.locator("summary").first.click()
    rows = fold.locator("tbody tr:not(.group)")
    assert rows.count() > 20 and all(row.is_visible() for row in rows.all())


@pytest.mark.parametrize("name", ["main_effects", "headline_audit"])
def test_what_is_downloaded_is_the_table(opened, name):
    page = opened("report.en.html")
    address = page.locator(f"#exhibit-table-{name} .download a").first.get_attribute("href")
    kind, _, content = address.partition(",")
    text = base64.b64decode(content).decode() if kind.endswith("base64") else unquote(content)
    written = (RESULTS / "tables" / f"{name}.en.csv").read_text(encoding="utf-8")
    assert text.removeprefix("\ufeff") == written


@pytest.mark.parametrize("code", ["en", "es"])
def test_the_data_of_every_figure_lie_where_its_link_leads(opened, code):
    page = opened(f"report.{code}.html")
    figures = page.locator("figure.exhibit").all()
    assert len(figures) > 15
    for figure in figures:
        links = figure.locator(".download a").all()
        assert links
        for link in links:
            text = (RESULTS / link.get_attribute("href")).read_text(encoding="utf-8")
            assert text.count("\n") > 1


def test_paper_has_no_navigation(opened):
    page = opened("report.en.html")
    page.emulate_media(media="print")
    assert not page.locator("nav").first.is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_the_choices_of_the_explorer_answer_to_keys(opened):
    page = opened("explore.en.html")
    choices = page.locator("select")
    assert choices.count() > 3
    before = page.inner_text("body")
    choices.nth(0).focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(800)
    assert page.inner_text("body") != before
