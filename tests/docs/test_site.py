"""The documents as a site: built strictly, whole as on GitHub, and without a request to anywhere."""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from smile.config import Config, flatten
from tests.bench.page.chromium import Chromium, find_chromium
from tests.places import ROOT

pytest.importorskip("mkdocs", reason="needs pip install -e '.[docs]'")
pytestmark = pytest.mark.site

#: Parts of a page that a renderer of Markdown must find as GitHub does; a list that it misses becomes a paragraph.
PARTS = ("h2", "h3", "h4", "li", "pre", "tr", "p", "strong", "em", "img", "blockquote")
#: Page of the site -> its file.
PAGES = {
    "index": ROOT / "README.md",
    "contributing": ROOT / "CONTRIBUTING.md",
    "changelog": ROOT / "CHANGELOG.md",
    **{
        file.relative_to(ROOT / "docs").with_suffix("").as_posix(): file
        for file in sorted((ROOT / "docs").rglob("*.md"))
    },
}


def build(out, config="mkdocs.yml"):
    """Builds as make docs does. With --quiet, mkdocs would not count its own warnings."""
    command = [sys.executable, "-m", "mkdocs", "build", "-f", config, "-d", str(out)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    done = build(out)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    return out


class Reader(HTMLParser):
    """Counts tags, in the whole page or in its article alone; keeps what the page fetches."""

    def __init__(self, text, article=True):
        super().__init__()
        self.counts, self.fetched, self._depth, self._article = Counter(), [], 0, article
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self._depth += tag == "article"
        if tag in ("script", "img", "iframe", "source", "video") or (tag == "link" and known.get("rel") != "canonical"):
            self.fetched.append(known.get("src") or known.get("href") or "")
        if self._depth or not self._article:
            self.counts[tag] += 1

    def handle_endtag(self, tag):
        self._depth -= tag == "article"


def count_parts(text, article):
    counts = Reader(text, article).counts
    return {part: counts[part] for part in PARTS}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_as_whole_as_on_github(site, page):
    """The log above all: 1,700 lines that grew by hand."""
    github = count_parts(MarkdownIt("commonmark").enable("table").render(PAGES[page].read_text()), article=False)
    assert count_parts((site / f"{page}.html").read_text(), article=True) == github


def test_no_page_fetches_anything_from_elsewhere(site):
    fetched = {one for file in site.rglob("*.html") for one in Reader(file.read_text()).fetched}
    assert len(fetched) > 10
    assert sorted(one for one in fetched if re.match(r"(\w+:)?//", one)) == []
    styles = [file.read_text() for file in site.rglob("*.css")]
    assert [found for text in styles for found in re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//\S+", text)] == []


def test_the_reference_holds_every_setting_every_command_and_what_docstrings_and_comments_say(site):
    pages = {file.stem: file.read_text() for file in (site / "reference").glob("*.html")}
    assert [key for key in flatten(Config()) if f"<code>{key}</code>" not in pages["settings"]] == []
    for said in ("--conditions A,B", "python -m bench.run features", "python -m sweeps.run", "python -m cluster"):
        assert said in pages["commands"], said
    assert "Computes the vision-language alignment" in pages["smile.losses"]
    assert "number of the caption: equal captions have the same number" in pages["smile.losses"]
    assert len(pages) > 45


@pytest.mark.parametrize(
    ("planted", "said"),
    [("[nothing](nowhere.md)", "nowhere.md"), ("[no place](log.md#nowhere)", "nowhere"), ("[out](/a.md)", "/a.md")],
)
def test_a_broken_link_ends_the_build(tmp_path, planted, said):
    """The real configuration on one faulty page: hooks and reference are left out, which take most of the time."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text(f"# Home\n\n{planted}\n")
    (tmp_path / "docs/log.md").write_text("# Log\n")
    text = (ROOT / "mkdocs.yml").read_text().split("\nnav:")[0].replace("hooks: [docs/build.py]\n", "")
    (tmp_path / "mkdocs.yml").write_text(text.replace("docs_dir: docs", f"docs_dir: {tmp_path}/docs"))
    done = build(tmp_path / "site", str(tmp_path / "mkdocs.yml"))
    assert done.returncode == 1 and said in done.stderr


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium is installed")
def test_a_page_opens_from_a_disk_searches_and_asks_nobody(site, tmp_path):
    browser = Chromium(tmp_path)
    try:
        for width in (390, 1440):
            browser.open((site / "training.html").as_uri(), width, ready="!!document.querySelector('article')")
            assert browser.run("document.documentElement.scrollWidth") <= width
        query = "document.querySelector('[data-md-component=search-query]')"
        browser.wait(f"{query}.offsetParent !== null")
        typed = f"(q = {query}, q.focus(), q.value = 'decorrelation', q.dispatchEvent(new Event('keyup')), 1)"
        found = "[...document.querySelectorAll('.md-search-result__link')].map((one) => one.getAttribute('href'))"
        end = time.monotonic() + 30
        while not any("smile.losses" in link for link in browser.run(found)):
            assert time.monotonic() < end, browser.run(found)
            browser.run(typed)
            time.sleep(0.2)
        asked = {told["request"]["url"].partition(":")[0] for told in browser.told("Network.requestWillBeSent")}
        assert asked <= {"file", "data", "about"}
        assert browser.told("Runtime.exceptionThrown") == []
    finally:
        browser.close()
