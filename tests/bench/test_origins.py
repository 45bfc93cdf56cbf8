"""A changed file makes anew the results that it decides, and no others; what is not asked is listed with a reason."""

import dataclasses
import os
import sys

import pytest

from bench import origins
from bench.methods import METHODS
from bench.methods.ablation import Variant
from bench.origins import UNASKED, find_sources, hash_ground, hash_method, hash_sources
from bench.probes import PROBES
from bench.protocols import PROTOCOLS
from smile.config import Model
from smile.provenance import ROOT

TENFOLD, P1 = PROTOCOLS["tenfold"], PROTOCOLS["bu3dfe_p1"]


@pytest.fixture
def touched(monkeypatch):
    """Returns a function that hashes as if a file of the project had one line more."""

    def touch(name):
        read = origins.read_code
        monkeypatch.setattr(origins, "read_code", lambda file: read(file) + b"\nx" * (file == ROOT / name))
        origins._hash_file.cache_clear()

    yield touch
    origins._hash_file.cache_clear()


def changed(touch, name, **asked):
    before = {key: ask() for key, ask in asked.items()}
    touch(name)
    return {key for key, ask in asked.items() if ask() != before[key]}


ASKED = {
    "ground": lambda: hash_ground(TENFOLD, PROBES["linear_probe"]),
    "p1": lambda: hash_ground(P1, PROBES["linear_probe"]),
    "few": lambda: hash_ground(TENFOLD, PROBES["few_labels"]),
    "pixels": lambda: hash_method(METHODS["pixels"]),
    "simclr": lambda: hash_method(METHODS["simclr"]),
    "finetuned": lambda: hash_method(METHODS["finetuned_simclr"]),
    "geometry": lambda: hash_method(METHODS["smile_geometry"]),
    "reference": lambda: hash_method(METHODS["supervised_reference"]),
}
EVERYTHING, TRAINED = set(ASKED), {"simclr", "finetuned", "geometry", "reference"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "decides"),
    [
        ("bench/methods/unsupervised/simclr.py", {"simclr", "finetuned"}),
        ("bench/methods/supervised/multiview.py", {"finetuned", "reference"}),
        ("bench/methods/floors/pixels.py", {"pixels"}),
        ("bench/protocols/bu3dfe.py", {"p1"}),
        ("bench/evaluation.py", {"ground", "p1", "few"}),
        ("smile/config.py", EVERYTHING),
        ("smile/training/step.py", TRAINED),
        ("smile/captions/geometry.py", {"geometry", "reference"}),
        ("smile/sets/bp4d.py", set()),
        ("bench/tables/markdown.py", set()),
    ],
)
def test_a_changed_file_changes_what_it_decides_and_nothing_else(touched, file, decides):
    assert (ROOT / file).is_file()
    assert changed(touched, file, **ASKED) == decides


def test_methods_that_differ_in_a_setting_alone_differ():
    hashes = {name: hash_method(method) for name, method in METHODS.items() if name != "barlow_twins_reference"}
    assert len(set(hashes.values())) == len(hashes)
    full = METHODS["full"]
    other = dataclasses.replace(full, fit=Variant({"losses.redundancy.weight": 0.25}))
    assert hash_method(other) != hash_method(full)
    assert hash_method(dataclasses.replace(full, classifier="svm")) != hash_method(full)


def test_a_tower_of_a_user_is_known_by_its_files_and_ours_by_their_names(tmp_path):
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"first")
    method, theirs = METHODS["smile_geometry"], Model(image_tower=str(tmp_path))
    first = hash_method(method, theirs)
    assert first == hash_method(method, theirs) != hash_method(method)
    weights.write_bytes(b"other")
    os.utime(weights, ns=(0, 0))
    other = hash_method(method, theirs)
    assert other != first, "the same place, another tower"
    assert hash_method(method, Model(text_tower=str(tmp_path))) == other
    (tmp_path / "README.md").write_text("words decide nothing")
    assert hash_method(method, theirs) == other
    assert hash_method(method, Model()) == hash_method(method), "stored results with our towers still hold"


def test_a_method_of_a_user_is_followed_into_the_project(tmp_path, monkeypatch, touched):
    (tmp_path / "theirs.py").write_text(
        "from bench.methods.unsupervised.simclr import SimCLR\n\ndef fit(views, labels, config, progress): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    module = __import__("theirs")
    method = dataclasses.replace(METHODS["pixels"], fit=module.fit, source="of the file")
    assert changed(touched, "bench/methods/unsupervised/simclr.py", theirs=lambda: hash_method(method)) == {"theirs"}
    assert hash_method(dataclasses.replace(method, source="of another")) != hash_method(method)
    del sys.modules["theirs"]


def test_a_class_more_in_a_release_makes_results_anew(monkeypatch):
    before = hash_sources(["smile.captions.clusters"])
    monkeypatch.setattr(origins, "_list_classes", lambda: {"bp4d": ("pain",)})
    origins._hash_file.cache_clear()
    assert hash_sources(["smile.captions.clusters"]) != before
    origins._hash_file.cache_clear()


def test_what_is_not_asked_exists_and_is_nowhere_among_the_sources():
    assert all((ROOT / place).exists() and reason for place, reason in UNASKED.items())
    found = find_sources([f"bench.methods.{name}" for name in ("tower", "ablation")])
    names = {file.relative_to(ROOT).as_posix() for file in found}
    assert "smile/training/loop.py" in names
    assert not {name for name in names for place in UNASKED if name == place or name.startswith(f"{place}/")}
