"""The page in a browser: sort, filter, open a record; by mouse and keyboard, wide and narrow, light and dark."""

import time

import pytest

from bench.figures.drawing import draw_figures
from bench.page.page import write_page
from bench.record import write_record
from bench.suites import SUITES
from tests.bench.page.chromium import Chromium, find_chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is installed"),
]

ROWS = "[...document.querySelectorAll('tbody tr')].map((row) => row.dataset.method).join(' ')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make_record):
    out = tmp_path_factory.mktemp("page")
    records = [
        make_record("smile_geometry", 0.8, family="vision-language", knows="+ text"),
        make_record("simclr", 0.6),
        make_record("pixels", 0.7, family="floor"),
        make_record("supervised", 0.9, family="supervised", uses_labels=True, knows="labels"),
        make_record("simclr", 0.5, data_set="bu4dfe", data_set_title="BU-4DFE <script>alert(1)</script>", stand_in=""),
    ]
    for record in records:
        write_record(out, record)
    draw_figures(out, SUITES["fer4d"], records)
    write_page(out, {"fer4d": (SUITES["fer4d"], records)})
    return out


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Chromium(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def page(browser, folder):
    browser.events.clear()
    browser.open((folder / "index.html").as_uri())
    yield browser
    assert browser.told("Runtime.exceptionThrown") == []
    assert [entry["entry"]["text"] for entry in browser.told("Log.entryAdded")] == []
    asked = {told["request"]["url"].partition(":")[0] for told in browser.told("Network.requestWillBeSent")}
    assert asked <= {"file", "data"}, "the page asks no network for anything"


def choose(page, board):
    page.run(f"(byId('board').value = '{board}', byId('board').dispatchEvent(new Event('input')))")


def test_a_column_sorts_both_ways_and_says_so(page):
    choose(page, 1)
    assert page.run(ROWS) == "supervised smile_geometry pixels simclr"
    head = "document.querySelectorAll('thead th')[1]"
    for wanted, first in (("descending", "supervised"), ("ascending", "simclr")):
        page.run(f"{head}.querySelector('button').click()")
        assert page.run(f"{head}.getAttribute('aria-sort')") == wanted
        assert page.run(ROWS).split()[0] == first
    assert page.run(f"document.activeElement === {head}.querySelector('button')"), "the keyboard stays where it was"


def test_words_family_and_labels_filter(page):
    choose(page, 1)
    page.run("(byId('words').value = 'TEXT', byId('words').dispatchEvent(new Event('input')))")
    assert page.run(ROWS) == "smile_geometry"
    assert page.run("byId('count').textContent") == "1 method shown"
    page.run("(byId('words').value = '', byId('blind').click())")
    assert page.run(ROWS) == "smile_geometry pixels simclr"
    page.run("(byId('family').value = 'floor', byId('family').dispatchEvent(new Event('input')))")
    assert page.run(ROWS) == "pixels"


def test_a_score_opens_its_record_by_keyboard_and_escape_closes_it(page, folder):
    choose(page, 1)
    page.run("document.querySelector('[data-method=simclr] button.score').focus()")
    page.ask("Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    page.wait("byId('record').open")
    said = page.run("byId('record').innerText")
    for part in ("python -m bench.run --suite fer4d", "c0ffee", "folds 1, 2: pretrained on 2", "20 wrong predictions"):
        assert part in said, part
    links = page.run("[...document.querySelectorAll('#record a')].map((link) => link.getAttribute('href'))")
    assert len(links) == 1 and (folder / links[0]).is_file()
    page.press("Escape", 27)
    page.wait("!byId('record').open")


def test_a_name_that_looks_like_a_script_is_only_shown(page):
    choose(page, 0)
    assert page.run("document.querySelector('h2').textContent").startswith("BU-4DFE <script>alert(1)</script>")
    assert page.run("document.querySelectorAll('#main script').length") == 0


def test_figures_are_there(page):
    choose(page, 1)
    page.run("(document.querySelector('details').open = true)")
    page.wait("[...document.images].length === 4 && [...document.images].every((one) => one.complete)")
    assert page.run("[...document.images].every((one) => one.naturalWidth > 300 && one.alt)")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_fits_a_phone_and_a_desk_in_light_and_dark(page, folder, width, dark):
    page.open((folder / "index.html").as_uri(), width, dark)
    for board in ("glance", 0, 1):
        choose(page, board)
        assert page.run("document.documentElement.scrollWidth") <= width
    red = page.run("parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
    assert red < 50 if dark else red > 200
    unnamed = (
        "[...document.querySelectorAll('button, input, select')].filter((one) => !one.labels?.length && !one.innerText"
    )
    assert page.run(f"{unnamed} && !one.getAttribute('aria-label')).length") == 0


def test_the_page_opens_within_a_second(page, folder):
    start = time.monotonic()
    page.open((folder / "index.html").as_uri())
    took = page.run("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    assert 0 < took < 1000, f"{took} ms; {time.monotonic() - start:.1f} s with the driver"
