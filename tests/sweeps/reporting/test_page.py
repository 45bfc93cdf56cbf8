"""The page of studies: whole, offline, harmless, and with every figure that its reports show."""

import re
from html.parser import HTMLParser

from sweeps.reporting.page import render_studies, write_studies_page
from tests.places import ROOT

REPORT = """# Study made_up

How <script>alert(1)</script> & more.

## Best setting

| setting | best |
|---|---|
| `a.b` | **0.3** |

```
--set a.b=0.3
```

![Score over each setting](figures/made_up/slices.png)
"""
VOID = {"meta", "link", "img", "br", "hr"}


class Tree(HTMLParser):
    """Checks that tags close in order, and collects what is there."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.links = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_report_becomes_a_section_with_its_tables_code_and_figures():
    page = render_studies({"made_up": REPORT, "other": "# Study other\n"})
    tree = Tree(page)
    assert tree.links == ["data:,", "#main", "#made_up", "#other", "figures/made_up/slices.png"]
    assert [tree.tags.count(tag) for tag in ("h1", "h2", "h3", "table", "pre", "section")] == [1, 2, 1, 1, 1, 2]
    assert '<div class="wide"><table>' in page and 'alt="Score over each setting"' in page


def test_markup_in_a_report_is_text():
    page = render_studies({"made_up": REPORT})
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_page_takes_the_reports_that_have_trials(tmp_path):
    (tmp_path / "made_up.md").write_text(REPORT)
    (tmp_path / "made_up.jsonl").touch()
    (tmp_path / "notes.md").write_text("# Mine\n")
    text = write_studies_page(tmp_path).read_text()
    assert "Study made_up" in text and "Mine" not in text


def test_the_committed_page_is_that_of_the_committed_reports():
    folder = ROOT / "results/sweeps"
    page = (folder / "index.html").read_text()
    assert page == render_studies({path.stem: path.read_text() for path in sorted(folder.glob("*.md"))})
    images = re.findall(r'<img [^>]*src="([^"]+)"', page)
    assert len(images) > 10 and [image for image in images if not (folder / image).is_file()] == []
    named = re.findall(r"\]\((\S+\.png)\)", "".join(path.read_text() for path in folder.glob("*.md")))
    drawn = {path.relative_to(folder).as_posix() for path in folder.glob("figures/*/*.png")}
    assert set(named) == set(images) == drawn
