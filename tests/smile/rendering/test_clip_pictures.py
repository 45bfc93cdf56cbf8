import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from smile.config import Rendering
from smile.errors import UserError
from smile.rendering.clip_frames import choose_frames, count_landmarks
from smile.rendering.clip_pictures import render_clip
from tests.smile.rendering.faces import clip, random_pose, scan

SMALL = Rendering(view_count=3, image_size=32, channels=("normals", "rank_depth"), frames=8)


class Listed(Sequence):
    """Given scans as frames; notes which were read."""

    def __init__(self, scans):
        self.scans, self.read = scans, []

    def __len__(self):
        return len(self.scans)

    def __getitem__(self, number):
        self.read.append(number)
        return self.scans[number]


def listed(scans, scheme="bu83"):
    return dataclasses.replace(clip(0), frames=Listed(scans), landmark_scheme=scheme)


def test_a_clip_becomes_pictures_and_landmarks_at_onset_and_apex():
    smile = [scan(random_pose(2, 10), expression=e) for e in (0, 1, 3, 6, 4, 1)]
    kept = render_clip(listed(smile), SMALL)
    assert kept.images.shape == (3, 4, 32, 32) and kept.images.dtype == np.uint8
    assert kept.landmarks.shape == (2, 83, 3) and kept.landmarks.dtype == np.float32
    moved = kept.landmarks[1] - kept.landmarks[0]
    mouth_corner = np.argmax(np.abs(smile[3].landmarks - smile[0].landmarks).sum(axis=1))
    # The bulge is 6 mm; the scale of the face frame may take or give a few per cent.
    assert np.linalg.norm(moved[mouth_corner]) == pytest.approx(
        np.linalg.norm((smile[3].landmarks - smile[0].landmarks)[mouth_corner]), rel=0.1
    )
    assert np.linalg.norm(moved[:16], axis=1).max() < 0.2


def test_at_most_the_asked_number_of_frames_is_read_evenly_spaced():
    whole = listed([scan()] * 21)
    render_clip(whole, dataclasses.replace(SMALL, frames=5))
    assert whole.frames.read == [0, 5, 10, 15, 20]
    short = listed([scan()] * 3)
    render_clip(short, SMALL)
    assert short.frames.read == [0, 1, 2]


def test_a_single_scan_is_a_clip_without_motion():
    kept = render_clip(listed([scan(random_pose(1))]), SMALL)
    assert (kept.images[:, 3] == 128).all() and (kept.images[:, 2] != 128).any()
    np.testing.assert_array_equal(kept.landmarks[0], kept.landmarks[1])


def test_a_clip_without_landmarks_has_none():
    assert np.isnan(render_clip(clip(1, marked=False), SMALL).landmarks).all()
    assert render_clip(clip(1, marked=False), SMALL).landmarks.shape == (2, 0, 3)
    unmarked = render_clip(listed([scan(marked=False)] * 2), SMALL)
    assert np.isnan(unmarked.landmarks).all() and unmarked.landmarks.shape == (2, 83, 3)


def test_an_apex_without_landmarks_takes_those_of_its_neighbour():
    scans = [scan(expression=e) for e in (0, 3, 6, 5, 0)]
    scans[2] = dataclasses.replace(scans[2], landmarks=None)
    kept = render_clip(listed(scans), SMALL).landmarks
    full = render_clip(listed([scan(expression=e) for e in (0, 3, 6, 5, 0)]), SMALL).landmarks
    assert np.isfinite(kept).all()
    # The neighbour before shows half of the smile.
    grown, wanted = (np.abs(k[1] - k[0]).max() for k in (kept, full))
    assert grown == pytest.approx(wanted / 2, rel=0.1)


SMILE = (0, 0, 1, 3, 6, 6, 6, 4, 1, 0, 0, 0)


def mark(change):
    """Scans of a smile whose landmarks [83, 3] are `change`d, given the number of the frame."""
    scans = [scan(expression=e) for e in SMILE]
    return [dataclasses.replace(one, landmarks=change(n, one.landmarks.copy())) for n, one in enumerate(scans)]


def test_landmarks_are_told_by_all_frames():
    rng = np.random.default_rng(1)
    long = dataclasses.replace(SMALL, frames=len(SMILE))
    # The first frame keeps its own, which say where the face is.
    noise = np.concatenate([np.zeros((1, 83, 3)), rng.standard_normal((len(SMILE) - 1, 83, 3))])
    true = render_clip(listed(mark(lambda _, marks: marks)), long).landmarks
    kept = render_clip(listed(mark(lambda n, marks: marks + noise[n].astype(np.float32))), long).landmarks
    np.testing.assert_allclose(true[1] - true[0], scan(expression=6).landmarks - scan().landmarks, atol=0.8)
    error = (kept[1] - kept[0]) - (true[1] - true[0])
    assert error.std() < 0.7 * (noise[5] - noise[2]).std()


def test_a_landmark_that_frames_lack_is_told_by_the_others_and_changes_no_other():
    def lack(n, marks):
        marks[3] = np.nan if n > 0 else marks[3]  # the first frame says where the face is
        marks[7] = np.nan if n in (1, 5, 9) else marks[7]
        return marks

    long = dataclasses.replace(SMALL, frames=len(SMILE))
    whole = render_clip(listed(mark(lambda _, marks: marks)), long).landmarks
    kept = render_clip(listed(mark(lack)), long).landmarks
    others = [n for n in range(83) if n not in (3, 7)]
    np.testing.assert_allclose(kept[:, others], whole[:, others], atol=0.05)
    np.testing.assert_allclose(kept[:, 7], whole[:, 7], atol=0.3)
    assert np.isnan(kept[1, 3]).all()


@pytest.mark.parametrize("bad", [(3,), (0,), (5, 9)])
def test_a_clip_goes_on_without_a_few_bad_frames(bad):
    few = dataclasses.replace(SMALL, frames=10)
    good = render_clip(clip(2, count=10), few)
    assert np.abs(render_clip(clip(2, count=10, bad=bad), few).images.astype(int) - good.images).mean() < 5


def test_a_clip_with_too_many_bad_frames_gives_its_reason():
    with pytest.raises(UserError, match=r"3 of 10 frames cannot be used; the first: 001\.wrl: point: truncated"):
        render_clip(clip(2, count=10, bad=(1, 5, 9)), dataclasses.replace(SMALL, frames=10))


def test_a_single_bad_scan_gives_its_own_reason():
    with pytest.raises(UserError, match=r"^000\.wrl: point: truncated; copy it again$"):
        render_clip(clip(0, count=1, bad=(0,)), Rendering(image_size=16, view_count=1))


def test_scans_that_cannot_be_drawn_count_as_bad_frames():
    holed = scan()
    holed.vertices[5] = np.nan
    empty = dataclasses.replace(scan(), triangles=np.zeros((0, 3), np.int32))
    assert render_clip(listed([scan()] * 8 + [holed]), dataclasses.replace(SMALL, frames=9)).images.any()
    astray = dataclasses.replace(scan(), triangles=np.array([[0, 1, 99999]], np.int32))
    short = dataclasses.replace(scan(), landmarks=scan().landmarks[:68])
    reasons = {"not finite": holed, "no triangles": empty, "out of range": astray, r"landmarks \(68, 3\)": short}
    for reason, broken in reasons.items():
        with pytest.raises(UserError, match=reason):
            render_clip(listed([broken]), SMALL)
    with pytest.raises(UserError, match="no frames"):
        render_clip(listed([]), SMALL)


def test_the_scheme_counts_its_landmarks():
    assert count_landmarks("bu83") == 83
    with pytest.raises(UserError, match="bu83"):
        count_landmarks("bu38")


def test_annotated_frames_are_read_and_decide_what_the_pictures_show():
    scans = [scan(expression=e) for e in (0, 0, 1, 6, 1, 0, 0, 4, 0, 0, 0)]
    few = dataclasses.replace(SMALL, frames=3, channels=("difference_depth", "key_depth"), key_frames=2)
    found, told = listed(scans), dataclasses.replace(listed(scans), onset=6, apex=7)
    render_clip(found, few)
    kept = render_clip(told, few)
    assert found.frames.read == [0, 5, 10] and told.frames.read == [0, 6, 7]
    change = kept.images[0, 0].astype(int) - 128
    assert change.max() == pytest.approx(12 * 4, abs=8)
    np.testing.assert_allclose(kept.landmarks[1] - kept.landmarks[0], scans[7].landmarks - scans[6].landmarks, atol=0.4)
    # One key frame is neutral, the other the apex.
    assert kept.images.shape[1] == 3 and (kept.images[:, 1] != kept.images[:, 2]).any()


@pytest.mark.parametrize(
    ("total", "most", "marked", "chosen"),
    [
        (11, 3, (), [0, 5, 10]),
        (11, 3, (6, 7), [0, 6, 7]),
        (11, 3, (5,), [0, 5, 10]),
        (11, 1, (4, 8), [8]),
        (100, 4, (1, 2), [1, 2, 66, 99]),
        (3, 8, (1, 2), [0, 1, 2]),
    ],
)
def test_marked_frames_take_the_place_of_their_neighbours(total, most, marked, chosen):
    assert choose_frames(total, most, marked) == chosen


def test_an_annotated_apex_that_cannot_be_read_gives_way_to_its_neighbour():
    whole = dataclasses.replace(clip(2, count=10, bad=(5,)), apex=5, onset=0)
    kept = render_clip(whole, dataclasses.replace(SMALL, frames=10))
    assert np.isfinite(kept.landmarks).all() and (kept.images[:, 3] != 128).any()


@pytest.mark.parametrize(("onset", "apex", "words"), [(3, 1, "after the apex"), (0, 9, "frame 9"), (-1, 2, "frame -1")])
def test_annotations_that_cannot_be_true_are_a_reason_to_skip(onset, apex, words):
    with pytest.raises(UserError, match=words):
        render_clip(dataclasses.replace(listed([scan()] * 5), onset=onset, apex=apex), SMALL)
