"""The map of embeddings: neighbours stay neighbours, equal features give equal bytes, every group can be told."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from threadpoolctl import threadpool_limits

from bench.figures.embedding import FEWEST, MARKS, draw_embedding, place_points
from smile.errors import UserError
from tests.canvases import find_outside, keeping, texts_of

GROUPS = ("anger", "fear", "a class with a very long name that has many words")


def make_features(count=60, width=32, seed=0):
    """Three heaps far from each other, in a space of which most directions are noise."""
    rng = np.random.default_rng(seed)
    middles = 6 * rng.normal(size=(3, width))
    labels = [GROUPS[row % 3] for row in range(count)]
    rows = middles[np.arange(count) % 3] + rng.normal(size=(count, width))
    return rows.astype(np.float32), labels


def test_neighbours_stay_neighbours():
    features, labels = make_features()
    places = place_points(features)
    assert trustworthiness(features, places, n_neighbors=5) > 0.9
    near = np.linalg.norm(places[:, None] - places, axis=2) + 1e9 * np.eye(len(places))
    assert all(labels[row] == labels[other] for row, other in enumerate(near.argmin(axis=1)))


def test_equal_features_give_equal_places_whatever_the_scale_and_the_threads():
    features, _ = make_features()
    places = place_points(features)
    with threadpool_limits(2):
        assert np.array_equal(place_points(features), places)
    stretched = np.float32(4) * features + np.float32(0)  # a power of two: standardising takes it out to the bit
    assert np.array_equal(place_points(stretched), places)


def test_equal_content_gives_equal_bytes_and_is_drawn_once(tmp_path):
    features, labels = make_features(30)
    subjects = [f"F{row // 3:03d}" for row in range(30)]
    one, other = (draw_embedding(tmp_path / f"{n}.png", "T", features, labels, subjects) for n in "ab")
    assert one.read_bytes() == other.read_bytes()
    assert draw_embedding(one, "T", features, labels, subjects) is None
    assert draw_embedding(one, "T", features, labels[::-1], subjects) == one


@pytest.mark.parametrize("subjects", [3, 60])
def test_nothing_leaves_the_canvas_and_no_two_groups_look_alike(tmp_path, subjects):
    features, labels = make_features()
    title = "A data set with a long name (stand-in: something long): features of a_model_with_a_name_of_many_words"
    with keeping() as kept:
        draw_embedding(tmp_path / "map.png", title, features, labels, [str(row % subjects) for row in range(60)])
    (figure,) = kept.values()
    assert find_outside(figure) == []
    said = [text for text, _ in texts_of(figure)]
    assert {"by expression", "by subject", *GROUPS} <= set(said)
    assert ("60 subjects, each with a mark and a colour of its own" in said) == (subjects == 60)
    for axes, count in zip(figure.axes, (3, subjects), strict=True):
        looks = [(str(one.get_facecolor()), one.get_paths()[0].vertices.tobytes()) for one in axes.collections]
        assert len(set(looks)) == len(looks) == count


def test_marks_are_as_many_as_the_legend_says():
    assert len(set(MARKS)) == len(MARKS) == 10, "with ten colours: a hundred groups"


@pytest.mark.parametrize("features", [np.ones((8, 4), np.float32), np.arange(8, dtype=np.float32)[:, None]])
def test_faces_that_cannot_be_told_apart_have_a_map_too(features):
    places = place_points(features)
    assert places.shape == (8, 2) and np.isfinite(places).all()


def test_too_few_clips_are_refused_in_one_line():
    with pytest.raises(UserError, match=f"at least {FEWEST} clips, and there are 4"):
        place_points(np.eye(4, dtype=np.float32))
