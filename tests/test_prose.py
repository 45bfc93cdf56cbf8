"""How documents are written: lines that fit a screen, short paragraphs, paths that exist, whole entries of the log."""

import re
from itertools import groupby

import pytest

from tests.places import ROOT

LOG = ROOT / "docs/log.md"
DOCUMENTS = sorted(
    [*(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG")), *ROOT.glob("docs/**/*.md")]
)
#: The log and the changelog name files that were there in their time.
PRESENT = [file for file in DOCUMENTS if file not in (LOG, ROOT / "CHANGELOG.md")]

MOST_CHARACTERS = 120  # of a line
MOST_LINES = 6  # of a paragraph

#: What a paragraph is not: a heading, a table, an item of a list or what belongs to it, an image.
_APART = re.compile(r"#|\||\s*([-*+]|\d+\.) |  |!\[")
_PACKAGES = ("smile", "bench", "sweeps", "cluster")
_PATH = re.compile(rf"({'|'.join((*_PACKAGES, 'tests', 'docs', 'results', '.ci'))})/[\w.*/-]*")
_FILE = re.compile(r"[\w-]+\.(py|md|toml|yaml|lock)")
_PLACE_OF_TABLE = re.compile(r"`([A-Z]+)` in `([\w/.]+\.py)`")
_BOLD = ("Question", "Command", "Answer")


def unfenced(text):
    """Lines outside of code between fences; those inside are empty."""
    inside, lines = False, []
    for line in text.splitlines():
        fence = line.startswith("```")
        lines.append("" if inside or fence else line)
        inside ^= fence
    return lines


def find_missing_modules(text):
    paths = re.findall(rf"\b(?:{'|'.join(_PACKAGES)})/[\w/]+\.py\b", text)
    return [path for path in paths if not (ROOT / path).exists()]


def find_long_lines(text):
    return [line for line in text.splitlines() if len(line) > MOST_CHARACTERS and not line.startswith(("|", "!["))]


def find_long_paragraphs(text):
    blocks = [list(lines) for filled, lines in groupby(unfenced(text), lambda line: bool(line.strip())) if filled]
    prose = [block for block in blocks if not _APART.match(block[0])]
    # A list may follow its sentence without an empty line.
    counts = [next((n for n, line in enumerate(block) if _APART.match(line)), len(block)) for block in prose]
    return [block[0] for block, count in zip(prose, counts, strict=True) if count > MOST_LINES]


def find_missing_paths(text):
    """Paths of this repository in backticks, links, and modules of tests that are run, of which no file is there."""
    prose = "\n".join(unfenced(text))
    words = [word.strip(",.;:()") for code in re.findall(r"`([^`]+)`", prose) for word in code.split()]
    paths = [word for word in words if _PATH.fullmatch(word)]
    names = [word for word in words if _FILE.fullmatch(word) and not (ROOT / word).exists()]
    modules = [f"{name.replace('.', '/')}.py" for name in re.findall(r"python -m (tests\.[\w.]*\w)", text)]
    missing = [path for path in (*paths, *modules) if not list(ROOT.glob(path))]
    return missing + [name for name in names if not any(list((ROOT / room).rglob(name)) for room in _PACKAGES)]


def find_broken_links(text, folder):
    targets = re.findall(r"\]\(([^)\s]+)\)", "\n".join(unfenced(text)))
    return [target for target in targets if ":" not in target and not (folder / target.split("#")[0]).exists()]


def find_strange_tables(text):
    """Tables of the code that are said to stand in a file which does not define them."""
    said = _PLACE_OF_TABLE.findall(text)
    return [
        f"{name} in {path}"
        for name, path in said
        if not re.search(rf"^{name}\b.*=", (ROOT / path).read_text(), re.MULTILINE)
    ]


def read_tree(text):
    """Every path of the tree: a name and its caption a line, two blanks deeper than the folder that holds it."""
    (tree,) = re.findall(r"^## The tree$.*?^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    above, paths = [], []
    for line in tree.splitlines():
        name, caption = re.fullmatch(r" *(\S+) {2,}(\S.*)", line).groups()
        del above[(len(line) - len(line.lstrip())) // 2 :]
        paths.append("".join((*above, name)))
        above += [name] if name.endswith("/") else []
        assert caption
    return paths


def find_faulty_entries(text):
    """Heads of the log's entries without a date, or without a bold word that each has."""
    entries = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return [
        entry.partition("\n")[0]
        for entry in entries
        if not re.match(r"\d{4}-\d\d-\d\d · \S", entry) or not all(re.search(rf"\*\*{word}", entry) for word in _BOLD)
    ]


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_lines_fit_a_screen(file):
    assert find_long_lines(file.read_text()) == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_paragraphs_are_short(file):
    assert find_long_paragraphs(file.read_text()) == []


@pytest.mark.parametrize("file", PRESENT, ids=lambda file: file.name)
def test_a_path_in_backticks_is_there(file):
    assert find_missing_paths(file.read_text()) == []


def test_a_path_that_the_code_names_is_there():
    """A comment that sends its reader to another file is followed when that file moves."""
    files = [file for room in _PACKAGES for file in sorted((ROOT / room).rglob("*.py"))]
    assert [(file.name, path) for file in files for path in find_missing_modules(file.read_text())] == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_a_link_leads_to_a_file(file):
    assert find_broken_links(file.read_text(), file.parent) == []


@pytest.mark.parametrize("file", PRESENT, ids=lambda file: file.name)
def test_a_table_of_the_code_stands_where_it_is_said_to_stand(file):
    assert find_strange_tables(file.read_text()) == []


def test_a_path_of_the_tree_is_there():
    assert [path for path in read_tree((ROOT / "README.md").read_text()) if not list(ROOT.glob(path))] == []


def test_the_tree_shows_every_folder_that_holds_code():
    shown = set(read_tree((ROOT / "README.md").read_text()))
    folders = {file.parent.relative_to(ROOT) for room in _PACKAGES for file in (ROOT / room).rglob("*.py")}
    assert {f"{folder.as_posix()}/" for folder in folders} - shown == set()


def test_every_entry_of_the_log_is_whole():
    assert find_faulty_entries(LOG.read_text()) == []


def test_the_newest_entry_of_the_log_comes_first():
    dates = re.findall(r"^## (\S+)", LOG.read_text(), re.MULTILINE)
    assert len(dates) > 30
    assert dates == sorted(dates, reverse=True)


def test_a_long_line_is_found_and_a_table_or_an_image_is_none():
    long = "word " * 25
    assert find_long_lines(f"short\n{long}\n| {long} |\n![{long}](picture.png)") == [long]


def test_a_long_paragraph_is_found_and_lists_tables_and_code_are_none():
    lines = "one line\n" * 7
    assert find_long_paragraphs(f"# Head\n\n{lines}\nshort") == ["one line"]
    assert find_long_paragraphs("one line\n" * 6) == []
    for kind in ("- item\n", "1. item\n", "| a | b |\n", "    code\n", "  what belongs to an item\n"):
        assert find_long_paragraphs(kind * 7) == []
    assert find_long_paragraphs(f"```\n{lines}```") == []
    assert find_long_paragraphs("a sentence\n" + "- item\n" * 7) == []


def test_a_missing_path_is_found():
    there = "`smile/run.py`, `bench/protocols/frozen/*.json`, `course.py`, `README.md`, `data/ict`, `smile.run`"
    assert find_missing_paths(there) == []
    assert find_missing_paths("see `smile/nowhere.py`, or `pytest tests/nowhere.py`") == [
        "smile/nowhere.py",
        "tests/nowhere.py",
    ]
    assert find_missing_paths("see `nowhere.py`") == ["nowhere.py"]
    assert find_missing_paths("`python -m tests.smile.nowhere 100`") == ["tests/smile/nowhere.py"]


def test_a_missing_module_is_found():
    assert find_missing_modules("# see smile/run.py and\n# smile/nowhere.py") == ["smile/nowhere.py"]


def test_a_broken_link_is_found():
    text = "[a](log.md) [b](https://example.org/x) [c](log.md#top) [d](nowhere.md)"
    assert find_broken_links(text, ROOT / "docs") == ["nowhere.md"]


def test_a_table_that_moved_is_found():
    text = "`ARMS` in `smile/captions/arms.py`, `ARMS` in `smile/run.py`"
    assert find_strange_tables(text) == ["ARMS in smile/run.py"]


def test_the_tree_is_read_by_its_indents():
    tree = "## The tree\n\n```\na/    one\n  b/    two\n    c.py  three\n  d.py  four\ne     five\n```\n"
    assert read_tree(tree) == ["a/", "a/b/", "a/b/c.py", "a/d.py", "e"]


def test_an_entry_that_lacks_something_is_found():
    whole = "## 2026-01-02 · A\n**Question.** x\n**Commands.** y\n**Answer.** z\n"
    assert find_faulty_entries(whole) == []
    for word in _BOLD:
        assert find_faulty_entries(whole.replace(f"**{word}", word)) == ["2026-01-02 · A"]
    assert find_faulty_entries(whole.replace("2026", "26")) == ["26-01-02 · A"]
