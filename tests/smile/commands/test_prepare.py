"""prepare fills the cache that the other commands read, names what it cannot use, and may be killed at any moment."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest

from smile.config import Rendering, override
from smile.rendering.cache.cache import load_or_render
from smile.run import main
from smile.sets.readers import read_data_set
from smile.stand_ins.export.bu4dfe import export_bu4dfe
from smile.stand_ins.synthetic import make_synthetic
from tests.places import ROOT

#: How often the process is killed; SMILE_KILLS asks for more.
KILLS = int(os.environ.get("SMILE_KILLS", "3"))
FRAMES = 5
SETTINGS = {"rendering.image_size": "32", "rendering.view_count": "2"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Twelve clips as BU-4DFE, of which one has a faulty scan and one nothing but faulty scans."""
    root = tmp_path_factory.mktemp("data") / "BU4DFE"
    export_bu4dfe(make_synthetic(2, FRAMES).clips, root, "synthetic", lambda *_: None)
    folders = sorted(folder for folder in root.glob("[FM]*/*") if folder.is_dir())
    (folders[1] / "003.wrl").write_text("#VRML V2.0 utf8\n")
    for scan in folders[4].glob("*.wrl"):
        scan.write_bytes(scan.read_bytes()[:20_000])
    return root


def arguments(tree, out, *more):
    settings = [word for key, value in SETTINGS.items() for word in ("--set", f"{key}={value}")]
    return ["prepare", "--data", f"bu4dfe={tree}", "--out", str(out), *settings, *more]


def cached(folder):
    """Every file of the cache but its lock."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.glob("*/*")) if path.name != "lock"}


@pytest.fixture(scope="module")
def undisturbed(tree, tmp_path_factory):
    out = tmp_path_factory.mktemp("cache")
    assert main(arguments(tree, out, "--workers", "2")) == 0
    return cached(out)


def test_what_cannot_be_used_is_named_and_counted(tree, tmp_path, capsys):
    assert main(arguments(tree, tmp_path)) == 0
    said = capsys.readouterr().out
    assert "11 clips drawn, 1 clips and 1 scans could not be used" in said
    assert "frame 3: " in said and "003.wrl: byte 16: the file ends without a coord block" in said
    assert "5 of 5 frames cannot be used" in said


def test_others_find_it_done(tree, undisturbed, tmp_path):
    assert main(arguments(tree, tmp_path)) == 0
    rendering = override(Rendering(), {key.partition(".")[2]: value for key, value in SETTINGS.items()})
    views = load_or_render(read_data_set("bu4dfe", tree), rendering, tmp_path, lambda *_: pytest.fail("drawn again"))
    assert (len(views), len(views.skipped), len(views.faults)) == (11, 1, 1)
    assert cached(tmp_path) == undisturbed


def test_a_mended_scan_costs_its_clip_alone_and_old_views_are_deleted_when_asked_for(tmp_path, capsys):
    root, out = tmp_path / "BU4DFE", tmp_path / "cache"
    export_bu4dfe(make_synthetic(1, FRAMES).clips, root, "synthetic", lambda *_: None)
    assert main(arguments(root, out)) == 0
    (first,) = out.iterdir()
    scan = root / "F001" / "Fear" / "002.wrl"
    scan.write_bytes(scan.read_bytes() + b"# mended\n")
    capsys.readouterr()
    assert main(arguments(root, out)) == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == ["Rendering BU-4DFE: 5/6", "Rendering BU-4DFE: 6/6"]
    assert f"1 other set of views lies in {out}" in said.out
    assert main(arguments(root, out, "--clean", "0")) == 0
    said = capsys.readouterr().out
    assert f"deleted {first}, 0." in said and "other" not in said
    assert len(list(out.iterdir())) == 1 and not first.exists()


def start(tree, out):
    """Starts a process of its own that prepares, and returns once it draws."""
    run = [sys.executable, "-m", "smile.run", *arguments(tree, out, "--workers", "2")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(run, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr.readline()  # the first line of progress
    return child


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(tree, undisturbed, tmp_path):
    rng, stages = np.random.default_rng(KILLS), Counter()
    for number in range(KILLS):
        out = tmp_path / str(number)
        child = start(tree, out)
        # The moment counts clips and not seconds: a busy machine draws slowly. All 12 are there while they are packed.
        wanted = rng.integers(13)
        while child.poll() is None and len(list(out.glob("*/parts/0*.npz"))) < wanted:
            time.sleep(0.002)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        drawn, finished = len(list(out.glob("*/parts/0*.npz"))), bool(list(out.glob("*/index.json")))
        stages["finished" if finished else "packing" if drawn == 12 else "drawing"] += 1
        if finished:
            assert cached(out).items() >= undisturbed.items()
        assert main(arguments(tree, out)) == 0
        assert cached(out) == undisturbed
    print(f"{KILLS} kills: {dict(stages)}")
    assert stages["finished"] < KILLS


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--views", "99"], "view_count"),
        (["--workers", "0"], "--workers 0"),
        (["--clean", "-1"], "--clean -1"),
        (["--recipe", "tinny"], "did you mean 'tiny'"),
        (["--set", "rendering.image_sise=3"], "did you mean 'rendering.image_size'"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(tree, tmp_path, capsys, more, words):
    assert main(arguments(tree, tmp_path / "cache", *more)) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert not (tmp_path / "cache").exists()
