"""The figures of a study: nothing leaves a canvas, no ticks touch, equal trials give equal bytes, gaps say why."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from sweeps.archive import Experiment
from sweeps.decide import importance
from sweeps.figures.drawing import FIGURES, draw_scene
from sweeps.figures.scene import Scene
from sweeps.ledger import COMPLETE, PRUNED
from tests.canvases import find_outside, find_touching, keeping, texts_of
from tests.sweeps.figures.made_up import RANGES, STRONG, make_experiment, make_scene

KEYS = tuple(RANGES)


@pytest.fixture(autouse=True, scope="module")
def _few_drawings():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importance, "DRAWS", 2)
        patch.setattr(importance, "TREES", 4)
        yield


@dataclass(frozen=True)
class Drawn:
    """What was drawn of the study of all settings."""

    scene: Scene
    figures: dict[str, Figure]
    said: dict[str, str]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, _few_drawings):
    scene = make_scene(make_experiment())
    with keeping() as kept:
        said = draw_scene(scene, tmp_path_factory.mktemp("drawn"))
    return Drawn(scene, kept, said)


def test_nothing_leaves_its_canvas_and_no_ticks_touch(drawn):
    require_fit(drawn.figures, drawn.said)


@pytest.mark.slow
@pytest.mark.parametrize("keys", [KEYS[:1], KEYS[-1:], KEYS[:2]], ids=len)
def test_nor_where_fewer_settings_vary(tmp_path, keys):
    with keeping() as kept:
        said = draw_scene(make_scene(make_experiment(keys)), tmp_path)
    require_fit(kept, said)


def require_fit(kept, said):
    assert {name for name, reason in said.items() if not reason} == set(kept)
    assert {name: find_outside(figure) for name, figure in kept.items()} == {name: [] for name in kept}
    assert {name: find_touching(figure) for name, figure in kept.items()} == {name: [] for name in kept}


def test_each_figure_shows_what_it_is_named_after(drawn):
    assert not any(drawn.said.values())
    texts = {name: {text for text, _ in texts_of(figure)} for name, figure in drawn.figures.items()}
    assert set(texts) == set(FIGURES)
    names = {key.removeprefix("losses.") for key in KEYS}
    assert names <= texts["slices"] and names <= texts["importance"]
    assert {name.replace(".", "\n", 1) for name in names} <= texts["parallel"]
    assert {"decorrelation.off_diagonal_weight", "training.augmentation", "score (few labels)"} <= texts["contour"]
    assert {"best", "default", "beaten by none"} <= texts["front"] | texts["slices"]
    assert {"views", "95 % over people", "median"} <= texts["views"]
    assert {"complete", "stopped early", "failed", "0", "37"} <= texts["timeline"]
    assert {"30", "60", "stopped early"} <= texts["learning"] and "best so far" in texts["history"]


def test_a_trial_that_was_stopped_ends_in_a_cross_where_it_was_stopped(drawn):
    lines = drawn.figures["learning"].axes[0].get_lines()
    crossed = sorted(
        tuple(line.get_xydata()[-1]) for line in lines if line.get_marker() == "x" and len(line.get_xydata())
    )
    assert crossed == sorted(trial.history[-1] for trial in drawn.scene.trials if trial.state == PRUNED)


def test_logarithmic_ranges_are_drawn_so(drawn):
    slices = drawn.figures["slices"].axes
    panel = next(axes for axes in slices if axes.get_xlabel() == "decorrelation.off_diagonal_weight")
    places = np.sort(
        np.concatenate([dots.get_offsets()[:, 0] for dots in panel.collections if len(dots.get_offsets())])
    )
    wanted = {np.log(trial.setting[STRONG] / 5e-5) / np.log(2e5) for trial in drawn.scene.trials}
    assert np.allclose(np.unique(places.round(9)), sorted(wanted))
    assert [label.get_text() for label in panel.get_xticklabels()] == ["0.001", "0.1", "10"]


@pytest.mark.slow
@pytest.mark.usefixtures("unpainted")
def test_a_study_without_the_data_says_why_and_a_figure_from_before_goes(tmp_path):
    whole = make_experiment(KEYS[:1], 10)
    old = Experiment(whole.about, [replace(trial, ended=None) for trial in whole.trials])
    (tmp_path / "figures/made_up").mkdir(parents=True)
    (tmp_path / "figures/made_up/timeline.png").write_bytes(b"old")
    said = draw_scene(make_scene(old), tmp_path)
    assert not (tmp_path / "figures/made_up/timeline.png").exists()
    assert {name for name, reason in said.items() if reason} == {
        "parallel",
        "importance",
        "contour",
        "views",
        "timeline",
    }
    assert said["timeline"] == "the records do not tell when trials ran"
    few = draw_scene(make_scene(make_experiment(KEYS[:2], 10)), tmp_path)
    assert few["importance"] == "7 complete trial(s), 20 with different scores are needed"


@pytest.mark.usefixtures("unpainted")
def test_a_study_in_which_all_failed_has_no_figure_but_its_timeline(tmp_path):
    failed = [make_experiment(KEYS, 10).trials[9]]
    said = draw_scene(make_scene(Experiment(make_experiment().about, failed)), tmp_path)
    assert [name for name, reason in said.items() if not reason] == ["timeline"]


@pytest.mark.slow
def test_equal_trials_give_equal_bytes(tmp_path):
    for folder in "ab":
        draw_scene(make_scene(make_experiment(count=30)), tmp_path / folder)
    for name in FIGURES:
        place = f"figures/made_up/{name}.png"
        assert (tmp_path / "a" / place).read_bytes() == (tmp_path / "b" / place).read_bytes(), name
    assert sum(trial.state == COMPLETE for trial in make_experiment(count=30).trials) >= 20
