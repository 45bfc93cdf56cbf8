"""A Ray cluster of this machine draws the same bytes as threads do, and names what it cannot use."""

import builtins

import pytest

from smile.config import Rendering
from smile.errors import UserError
from smile.rendering.cache.cache import load_or_render
from smile.rendering.cache.on_cluster import on_cluster
from tests.places import ROOT
from tests.smile.rendering.faces import clip, data_set

SMALL = Rendering(view_count=2, image_size=24, channels=("normals", "difference_depth"), frames=6)


def quiet(what, done, total):
    pass


@pytest.mark.slow
# Ray Data sets deprecated options of its own when it starts.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:ray", "ignore::ResourceWarning")
def test_a_cluster_draws_the_same_bytes_as_threads(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    heads = data_set([clip(0), clip(1, bad=(3,)), clip(2, bad=(0, 1, 2)), clip(3)])
    load_or_render(heads, SMALL, tmp_path / "threads", quiet)
    views = load_or_render(heads, SMALL, tmp_path / "cluster", quiet, draw=on_cluster("local", 2))
    assert (len(views), len(views.skipped), len(views.faults)) == (3, 1, 1)
    for name in ("images.npy", "landmarks.npy", "index.json"):
        (threads,), (cluster,) = ((tmp_path / way).glob(f"*/{name}") for way in ("threads", "cluster"))
        assert threads.read_bytes() == cluster.read_bytes(), name


def test_without_ray_one_error_says_what_to_install(tmp_path, monkeypatch):
    ordinary = builtins.__import__

    def without_ray(name, *rest, **more):
        if name == "ray":
            raise ImportError(name)
        return ordinary(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_ray)
    with pytest.raises(UserError, match=r"pip install 'ray\[data,default\]'"):
        load_or_render(data_set([clip(0)]), SMALL, tmp_path, quiet, draw=on_cluster("auto"))


def test_what_is_drawn_already_needs_no_cluster(tmp_path):
    heads = data_set([clip(0)])
    load_or_render(heads, SMALL, tmp_path, quiet)
    assert len(load_or_render(heads, SMALL, tmp_path, quiet, draw=on_cluster("nowhere:1"))) == 1
