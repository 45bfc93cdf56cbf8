"""Views of several data sets joined, and rows gathered: nobody's name, label or picture is mixed up."""

import numpy as np
import pytest

from smile.data.face import Facts, FrameFault, Skipped
from smile.errors import UserError
from smile.rendering.views import Views, gather_rows, join, of_data_set


def views(key, count, landmarks=4, scheme="bu83", **changes):
    rng = np.random.default_rng(count)
    values = {
        "data_set": key,
        "title": key.upper(),
        "stand_in": "",
        "images": rng.integers(256, size=(count, 1, 1, 2, 2), dtype=np.uint8),
        "landmarks": rng.normal(size=(count, 2, landmarks, 3)).astype(np.float32) if landmarks else None,
        "landmark_scheme": scheme if landmarks else None,
        "clips": tuple(Facts(f"F{n:03d}/x", f"F{n:03d}", (f"{key}{n}",)) for n in range(count)),
    }
    return Views(**{**values, **changes})


def test_clips_follow_each_other_and_subjects_carry_their_data_set():
    first, second = views("a", 3, stand_in="ICT"), views("b", 2, skipped=(Skipped("F009/x", "torn"),))
    both = join([first, second])
    assert (len(both), both.data_set, both.title, both.stand_in) == (5, "b", "A to B", "ICT")
    assert both.subjects == ("a:F000", "a:F001", "a:F002", "b:F000", "b:F001")
    assert [of_data_set(name) for name in both.clip_ids] == ["a", "a", "a", "b", "b"]
    assert both.labels == (("a0",), ("a1",), ("a2",), ("b0",), ("b1",))
    assert both.skipped == (Skipped("b:F009/x", "torn"),)
    np.testing.assert_array_equal(both.images, np.concatenate([first.images, second.images]))
    np.testing.assert_array_equal(both.landmarks, np.concatenate([first.landmarks, second.landmarks]))


@pytest.mark.parametrize("other", [{"landmarks": 0}, {"scheme": "bosphorus", "landmarks": 7}])
def test_landmarks_of_another_scheme_are_left_out(other):
    both = join([views("a", 3), views("b", 2, **other)])
    assert both.landmark_scheme == "bu83"
    assert np.isfinite(both.landmarks[:3]).all()
    assert np.isnan(both.landmarks[3:]).all()


def test_labels_and_attributes_of_one_part_leave_those_of_the_other_empty():
    first, second = Facts("x", "F1", ("x", "y")), Facts("x", "F1", (), {"sex": "F"})
    both = join([views("a", 1, clips=(first,)), views("b", 1, clips=(second,))])
    assert both.labels == (("x", "y"), ())
    assert both.attributes == ({}, {"sex": "F"})
    assert both.clip_ids == ("a:x", "b:x")
    assert join([views("a", 1, landmarks=0), views("b", 1, landmarks=0)]).landmarks is None


def test_scans_that_clips_do_without_are_still_counted_where_sets_are_joined():
    both = join([views("a", 1, faults=(FrameFault("F000/x", 3, "torn"),)), views("b", 1)])
    assert both.faults == (FrameFault("a:F000/x", 3, "torn"),)


def test_rows_are_chosen_by_number_or_by_mark():
    some = views("a", 4)
    for chosen in (some.rows([2, 0]), some.rows(np.array([True, False, True, False])).rows([1, 0])):
        assert chosen.subjects == ("F002", "F000")
        np.testing.assert_array_equal(chosen.images, some.images[[2, 0]])
        np.testing.assert_array_equal(chosen.landmarks, some.landmarks[[2, 0]])
    assert some.of_subjects(["F003", "F001", "nobody"]).tolist() == [False, True, False, True]
    relabelled = some.relabel([("x",), (), ("y", "z"), ()])
    assert relabelled.labelled.tolist() == [True, False, True, False] and relabelled.subjects == some.subjects


def test_first_views_are_whole_memory_so_that_batches_are_cheap():
    images = np.random.default_rng(0).integers(256, size=(2, 3, 1, 2, 2), dtype=np.uint8)
    all_three = views("a", 2, images=images, view_names=("front", "left", "right"))
    two = all_three.first_views(2)
    np.testing.assert_array_equal(two.images, images[:, :2])
    assert two.images.flags.c_contiguous and two.view_names == ("front", "left")
    assert np.shares_memory(all_three.first_views(3).images, images)


def test_clips_with_the_same_pictures_are_found():
    some = views("a", 4)
    images = some.images.copy()
    images[3] = images[1]
    assert views("a", 4, images=images).twins() == [("F001/x", "F003/x")] and some.twins() == []


SHOWN = {"planes": ("normals",), "view_names": ("front",)}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"planes": ("depth",)}, r"A \(1 planes of normals; .*B \(1 planes of depth; "),
        ({"view_names": ("left",)}, "1 views: front; .*1 views: left; "),
        ({"images": np.zeros((2, 1, 2, 2, 2), np.uint8)}, "1 planes of .*2 planes of "),
        ({"images": np.zeros((2, 1, 1, 4, 2), np.uint8)}, "2 x 2 pixels.*4 x 2 pixels"),
    ],
)
def test_pictures_that_show_different_things_are_not_joined(other, said):
    join([views("a", 3, **SHOWN), views("b", 2, **SHOWN)])
    with pytest.raises(UserError, match=said):
        join([views("a", 3, **SHOWN), views("b", 2, **{**SHOWN, **other})])


@pytest.fixture
def cached(tmp_path):
    np.save(tmp_path / "images.npy", np.random.default_rng(0).integers(0, 256, (7, 2, 3, 4, 4), dtype=np.uint8))
    return np.load(tmp_path / "images.npy", mmap_mode="r")


@pytest.mark.parametrize("rows", [[3, 0, 6], [2, 2], [5], []])
def test_gathered_rows_are_those_that_indexing_gives(cached, rows):
    rows = np.array(rows, dtype=np.int64)
    found = gather_rows(cached, rows)
    np.testing.assert_array_equal(found, cached[rows])
    assert found.flags.owndata and found.flags.writeable and type(found) is np.ndarray


def test_memory_that_is_given_is_filled_and_no_other_is_used(cached):
    out = np.zeros((3, 2, 3, 4, 4), dtype=np.uint8)
    for rows in (np.array([1, 2, 3]), np.array([6, 0, 6])):
        assert gather_rows(cached, rows, out) is out
        np.testing.assert_array_equal(out, cached[rows])


@pytest.mark.parametrize("rows", [[0, 7], [-1, 2]])
def test_a_row_that_is_not_there_is_an_error(cached, rows):
    with pytest.raises(IndexError, match="of 7 clips"):
        gather_rows(cached, np.array(rows), np.zeros((2, 2, 3, 4, 4), dtype=np.uint8))
