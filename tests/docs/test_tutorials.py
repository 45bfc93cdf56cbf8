"""What the tutorials tell to save and run does what they say; tests/test_documents.py parses each of their commands."""

import csv
import re
import sys

import numpy as np
import pytest

from bench.methods import METHODS
from bench.methods.method import fit_blind
from bench.methods.outside import adopt
from smile.config import Config
from smile.model.image_tower import open_image_tower
from smile.rendering.views import blank
from tests.bench.conftest import make_views
from tests.places import ROOT

TUTORIALS = sorted((ROOT / "docs/tutorials").glob("*.md"))
MOST_LINES = 120


def snippet(tutorial, name):
    """The module that a tutorial says to save under this name."""
    text = (ROOT / f"docs/tutorials/{tutorial}.md").read_text()
    return re.search(rf"\*\*{re.escape(name)}\*\*.*?```python\n(.*?)```", text, re.DOTALL)[1]


def save(folder, tutorial, name):
    (folder / name).write_text(snippet(tutorial, name))
    return folder / name


@pytest.mark.parametrize("file", TUTORIALS, ids=lambda file: file.stem)
def test_a_tutorial_is_short_has_commands_and_shows_what_they_print(file):
    text = file.read_text()
    assert len(text.splitlines()) <= MOST_LINES
    assert re.search(r"^    (\.venv/bin/)?python -m \w|^    make \w", text, re.MULTILINE)
    assert "```text\n" in text
    assert re.search(r"^## Go on$|^## What else|^## Your own question$", text, re.MULTILINE), "what comes next"


def test_the_first_screen_leads_to_every_tutorial():
    readme = (ROOT / "README.md").read_text().split("## The whole table")[0]
    assert [file.name for file in TUTORIALS if f"docs/tutorials/{file.name}" not in readme] == []


def test_own_method_fits_and_embeds_and_gets_no_labels(tmp_path, monkeypatch):
    save(tmp_path, "own_method", "my_pca.py")
    monkeypatch.chdir(tmp_path)
    known = dict(METHODS)
    try:
        (name,) = adopt(["my_pca:METHOD"], [])
        method, views = METHODS[name], make_views()
        assert not method.uses_labels and method.source
        rows = fit_blind(method, views, Config(), lambda *_: None).embed(blank(views))
    finally:
        METHODS.clear()
        METHODS.update(known)
        sys.modules.pop("my_pca", None)
    assert rows.shape == (72, 32) and rows.dtype == np.float32 and np.isfinite(rows).all()
    assert np.allclose(rows.mean(axis=0), 0, atol=1), "components are centred"


def test_own_data_lists_the_scans_and_leaves_out_what_is_neutral(tmp_path, monkeypatch):
    names = ("F0001/F0001_AN01WH_F3D.wrl", "F0001/F0001_NE00WH_F3D.wrl", "M0002/M0002_SU04WH_F3D.wrl")
    for name in (*names, "F0001/F0001_AN01WH_F2D.bmp"):
        (tmp_path / "data/practice" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data/practice" / name).touch()
    monkeypatch.chdir(tmp_path)
    exec(compile(snippet("own_data", "list_scans.py"), "list_scans.py", "exec"), {})
    with (tmp_path / "data/practice/manifest.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["path"], row["subject"], row["label"], row["sex"]) for row in rows] == [
        (names[0], "F0001", "anger", "F"),
        (names[2], "M0002", "surprise", "M"),
    ]


def test_own_tower_can_be_loaded_for_images_of_four_channels(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(snippet("own_tower", "save_tower.py"), "save_tower.py", "exec"), {})
    tower = open_image_tower(str(tmp_path / "towers/vit"), 4, 64)
    assert tower.config.hidden_size == 64
