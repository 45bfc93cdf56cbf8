"""An experiment is known by all that decides the scores of its trials."""

from dataclasses import replace

import pytest

from smile.config import Config, Model, Rendering, override
from sweeps.draw.ranges import Among
from sweeps.experiment import identify_experiment
from sweeps.studies import STUDIES
from sweeps.trial import draw_task

SHOWN = Rendering(view_count=3, image_size=16)


@pytest.fixture
def identify(views):
    config = override(Config(rendering=SHOWN), {"captions.arm": "label"})
    task = draw_task(views, config, SHOWN, "uar", 1, threads=1)

    def call(study, model):
        return identify_experiment(study, replace(task, config=replace(task.config, model=model)), views)

    return call


@pytest.mark.parametrize("varied", [False, True])
def test_other_weights_in_the_folder_of_a_tower_are_another_experiment(identify, varied, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    weights, study = tmp_path / "mine" / "model.safetensors", STUDIES["tower"]
    if varied:
        ranges = {"model.image_tower": Among(("tiny", "mine"))}
        asked = replace(study, ranges=ranges), Model()
    else:
        asked = study, Model(image_tower="mine")
    found = []
    for content in (b"first", b"first", b"other one"):
        weights.write_bytes(content)
        found.append(identify(*asked))
    assert found[0] == found[1] != found[2]


def test_our_own_towers_are_known_by_their_names(identify):
    sources = {name: identify(STUDIES[name], Model())["source"] for name in ("tower", "loss_weights")}
    assert sources["tower"] == sources["loss_weights"] and len(sources["tower"]) == 2
