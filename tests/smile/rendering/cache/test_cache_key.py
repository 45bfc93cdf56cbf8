"""The key of a cache covers what reads and draws, and nothing else."""

import ast
import shutil
from pathlib import Path

import pytest

from smile import provenance
from smile.rendering.cache.cache import SOURCES
from tests.places import ROOT
from tests.smile.rendering.cache.test_cache import HEADS, SMALL
from tests.smile.rendering.faces import cache_key


@pytest.fixture
def key_with(tmp_path, monkeypatch):
    """The name of a cache after a comment was added to one file of a copy of the program."""
    shutil.copytree(ROOT / "smile", tmp_path / "smile", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "ROOT", tmp_path)

    def name(file):
        if file:
            with (tmp_path / "smile" / file).open("a") as opened:
                opened.write("# a comment\n")
        provenance.source_hash.cache_clear()
        return cache_key(HEADS, SMALL)

    yield name
    provenance.source_hash.cache_clear()


@pytest.mark.parametrize(
    "file",
    [
        "captions/geometry.py",
        "config.py",
        "check/comparison.py",
        "data/splits.py",
        "model/towers.py",
        "rendering/looking/sheet.py",
        "rendering/views.py",
        "stand_ins/export/bp4d.py",
        "training/loop.py",
    ],
)
def test_a_comment_in_what_neither_reads_nor_draws_draws_nothing_anew(key_with, file):
    assert key_with("") == key_with(file)


@pytest.mark.parametrize(
    "file",
    [
        "data/formats/obj.py",
        "data/formats/tokens/decimals.py",
        "data/landmarks.py",
        "data/files.py",
        "sets/bu4dfe.py",
        "rendering/clip_frames.py",
        "rendering/motion/course.py",
        "rendering/pose/crop.py",
        "rendering/raster/shaders/segmentation.frag",
        "rendering/raster/zbuffer.py",
    ],
)
def test_a_comment_in_what_reads_or_draws_draws_all_anew(key_with, file):
    assert key_with("") != key_with(file)


def test_all_that_pictures_are_made_with_is_in_the_key():
    """Follows the imports of readers and drawing; what is not hashed must be listed here with its reason."""
    unhashed = {
        "smile/arrays.py",  # words for types
        "smile/atomic.py",  # reads JSON, whole or not at all
        "smile/config.py",  # the settings themselves are hashed
        "smile/data/action_units.py",  # what annotators said; onset and apex are hashed themselves
        "smile/data/facs.py",  # names of labels
        "smile/data/stand_in.py",  # who made the faces
        "smile/digests.py",
        "smile/errors.py",  # words
        "smile/interruption.py",  # what a writer does when it is stopped
        "smile/limits.py",  # what settings may be
    }
    seen, waiting = set(), ["smile/rendering/clip_pictures.py", "smile/sets/readers.py"]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("smile"):
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                paths = [Path(*name.split(".")) for name in names]
                files = [file for path in paths for file in (path.with_suffix(".py"), path / "__init__.py")]
                waiting += [file.as_posix() for file in files if (ROOT / file).exists()]
    hashed = {file for file in seen if any(file == source or file.startswith(f"{source}/") for source in SOURCES)}
    assert seen - hashed == unhashed
    assert len(hashed) > 40
