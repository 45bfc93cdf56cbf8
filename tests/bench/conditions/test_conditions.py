"""Each condition does what its row says, measured back; nothing else changes, and any number of threads gives it."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bench.conditions import CONDITIONS
from bench.conditions.condition import ChangedFrames
from bench.methods.method import Unsuitable
from smile.config import Rendering
from smile.rendering.cache.cache import Cache, clip_key, load_or_render
from smile.rendering.pose.crop import move_scan
from smile.rendering.pose.face_pose import find_poses
from smile.rendering.pose.registration import fit_points
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.rasterize import rasterize
from smile.rendering.raster.surface import find_normals
from smile.stand_ins.nuisances.occluders import draw_occluder
from tests.smile.rendering.faces import Frames, clip, data_set, random_pose, scan

RENDERING = Rendering(image_size=16, frames=2, channels=("normals", "depth"), static_channels=("normals", "depth"))
HEADS = data_set([clip(seed, count=2) for seed in range(4)])
#: Conditions that are made before drawing.
DRAWN = ("misaligned", "occluded", "noisy", "coarse", "without_landmarks")


def quiet(*_):
    """Reports nothing."""


def draw(name, heads=HEADS, workers=1, folder=None, rendering=RENDERING):
    return load_or_render(CONDITIONS[name].change(heads), rendering, folder, quiet, workers)


@cache
def still(count):
    """Single scans, each with its own face and pose."""
    return data_set([replace(one, frames=(one.frames[1],)) for one in (clip(seed) for seed in range(count))])


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return draw("clean", folder=tmp_path_factory.mktemp("clean"))


def test_clean_changes_nothing(clean):
    assert CONDITIONS["clean"].change(HEADS) is HEADS
    assert CONDITIONS["clean"].change_views(clean) is clean


def test_the_conditions_of_the_issue_are_all_there():
    assert list(CONDITIONS) == [
        "clean", "misaligned", "occluded", "noisy", "coarse", "missing_view", "without_landmarks", "light",
    ]  # fmt: skip


def test_changed_scans_have_a_cache_of_their_own_and_others_share_the_clean_one():
    names = {name: Cache.of(one.change(HEADS), RENDERING, Path()).place.name for name, one in CONDITIONS.items()}
    assert len({names[name] for name in ("clean", *DRAWN, "light")}) == len(DRAWN) + 2
    assert names["missing_view"] == names["clean"]
    keys = {name: clip_key(CONDITIONS[name].change(HEADS).clips[0], RENDERING) for name in ("clean", *DRAWN)}
    assert len(set(keys.values())) == len(keys)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_two_threads_and_another_order_of_clips_give_the_same_bytes(name, tmp_path, clean):
    few, turned = (replace(HEADS, clips=clips) for clips in (HEADS.clips[:2], HEADS.clips[1::-1]))
    one, two = draw(name, few, folder=tmp_path / "1"), draw(name, turned, workers=2, folder=tmp_path / "2")
    assert one.images.tobytes() == np.ascontiguousarray(two.images[::-1]).tobytes()
    assert one.images.tobytes() != clean.images[:2].tobytes()


def test_a_moved_scan_is_found_again_but_a_misaligned_clip_stays_so(tmp_path, clean):
    off = draw("misaligned", folder=tmp_path)
    errors = [one.pose_error for one in CONDITIONS["misaligned"].change(HEADS).clips]
    for error, before, after in zip(errors, clean.landmarks, off.landmarks, strict=True):
        pose = fit_points(before[1].astype(float), after[1].astype(float), scaled=True)
        scale = np.cbrt(np.linalg.det(pose[:, :3]))
        angle = np.degrees(np.arccos((np.trace(pose[:, :3]) / scale - 1) / 2))
        assert 3 <= angle <= 9 and angle == pytest.approx(np.linalg.norm(error.turn), abs=1e-3)
        assert 0.03 <= abs(scale - 1) <= 0.09 and scale == pytest.approx(error.scale, abs=1e-5)
        assert 3.6 <= np.linalg.norm(pose[:, 3]) <= 10.8
    # HEADS stand in poses of their own, and are found in all of them: the bare move would be undone.
    assert np.linalg.norm(clean.landmarks[:, 1].mean(axis=1) - clean.landmarks[0, 1].mean(axis=0), axis=1).max() < 2


def test_noise_has_its_deviation_and_is_new_in_every_frame():
    changed = CONDITIONS["noisy"].change(HEADS).clips[0]
    moves = []
    for number in (0, 1):
        before, after = HEADS.clips[0].frames[number], changed.frames[number]
        normals = find_normals(before.vertices, before.triangles)[:, :3]
        move = after.vertices - before.vertices
        along = (move * normals).sum(axis=1)
        assert np.abs(move - along[:, None] * normals).max() < 1e-4
        assert along.std() == pytest.approx(0.8, rel=0.1)
        assert after.landmarks.tobytes() == before.landmarks.tobytes()
        moves.append(along)
    assert abs(np.corrcoef(moves[0], moves[1])[0, 1]) < 0.2


def test_coarse_scans_have_a_quarter_of_the_vertices_on_the_same_surface():
    heads = data_set([replace(clip(0), frames=(scan(expression=2.0),))])
    before, after = (one.clips[0].frames[0] for one in (heads, CONDITIONS["coarse"].change(heads)))
    assert len(after.vertices) == pytest.approx(len(before.vertices) / 4, rel=0.03)
    assert after.landmarks.tobytes() == before.landmarks.tobytes()
    seen = [rasterize(one, cameras(RENDERING), 48, ("depth",)) for one in (before, after)]
    both = seen[0].mask & seen[1].mask
    assert both.sum() > 0.93 * seen[0].mask.sum()
    depths = [one.layers["depth"][:, 0][both] for one in seen]
    assert np.median(np.abs(depths[0] - depths[1])) < 0.5


def test_an_occluder_hides_part_of_the_face_and_leaves_the_rest():
    heads = still(9)
    shares = []
    for before, after in zip(heads.clips, CONDITIONS["occluded"].change(heads).clips, strict=True):
        pose = find_poses([before.frames[0]], "bu83")[0]
        seen = [
            rasterize(move_scan(one.frames[0], pose), cameras(RENDERING)[:1], 64, ("depth",)) for one in (before, after)
        ]
        depth = [np.where(one.mask, one.layers["depth"][:, 0], -99) for one in seen]
        gone = seen[0].mask & (np.abs(depth[0] - depth[1]) > 0.5)
        assert (depth[1][gone & seen[1].mask] > depth[0][gone & seen[1].mask]).mean() > 0.98  # it is in front
        shares.append(gone.sum() / seen[0].mask.sum())
    assert min(shares) > 0.04 and max(shares) < 0.6
    assert max(shares) > 2 * min(shares)  # not all are hidden by the same thing


class Shaky(Frames):
    """Frames whose landmarks are off by 1.5 mm, anew in each."""

    def __getitem__(self, number):
        made = super().__getitem__(number)
        error = np.random.default_rng(number).normal(0, 1.5, made.landmarks.shape).astype(np.float32)
        return replace(made, landmarks=made.landmarks + error)


def test_an_occluder_rests_on_the_head_while_it_turns_and_landmarks_shake():
    shaky = replace(clip(3), frames=Shaky(3, 3))
    changed = CONDITIONS["occluded"].change(data_set([shaky])).clips[0]
    turn, shift = random_pose(3, 5)
    worn = []
    for number in (0, 2):
        own = changed.frames[number].vertices[len(shaky.frames[number].vertices) :].astype(float)
        head = Rotation.from_euler("y", number, degrees=True) * turn
        worn.append(head.inv().apply(own - shift))
    assert np.abs(worn[0] - worn[1]).max() < 0.3


def test_a_clip_whose_first_scan_cannot_be_read_is_occluded_all_the_same():
    changed = CONDITIONS["occluded"].change(data_set([clip(3, count=3, bad=(0,))])).clips[0]
    assert len(changed.frames[2].vertices) > len(clip(3, count=3).frames[2].vertices)


def test_an_occluder_is_drawn_once_a_clip_and_never_lent_to_another(monkeypatch):
    drawn = []

    def count(rng, face):
        drawn.append(len(face))
        return draw_occluder(rng, face)

    monkeypatch.setattr("bench.conditions.occluded.draw_occluder", count)
    clips = [replace(clip(seed, count=3), id="same", content_key=f"fresh {seed}") for seed in (3, 4)]
    seen = [
        [one.vertices for one in changed.frames] for changed in CONDITIONS["occluded"].change(data_set(clips)).clips
    ]
    assert len(drawn) == 2
    alone = replace(clips[1], content_key="fresh 5")
    again = CONDITIONS["occluded"].change(data_set([alone])).clips[0].frames[2].vertices
    assert len(drawn) == 3 and again.tobytes() == seen[1][2].tobytes() != seen[0][2].tobytes()


def test_without_landmarks_only_the_shape_is_left(tmp_path):
    views = draw("without_landmarks", folder=tmp_path)
    assert views.landmarks is None and views.landmark_scheme is None and len(views) == len(HEADS.clips)
    before, after = HEADS.clips[0].frames[1], CONDITIONS["without_landmarks"].change(HEADS).clips[0].frames[1]
    assert after.landmarks is None and after.vertices.tobytes() == before.vertices.tobytes()


def test_one_view_is_missing_and_over_clips_it_is_every_one(clean):
    many = clean.rows([0] * 24)
    many = replace(many, clips=tuple(replace(one, id=f"{row}") for row, one in enumerate(many.clips)))
    changed = CONDITIONS["missing_view"].change_views(many)
    blank = np.array([128, 128, 128, 0])[None, :, None, None]
    gone = (changed.images == blank[None]).all(axis=(2, 3, 4))
    assert gone.sum(axis=1).tolist() == [1] * 24
    assert set(gone.argmax(axis=1).tolist()) == {0, 1, 2}
    assert (changed.images[~gone] == many.images[~gone]).all()
    again = CONDITIONS["missing_view"].change_views(many.rows(np.arange(24)[::-1]))
    assert (again.images[::-1] == changed.images).all()
    with pytest.raises(Unsuitable, match="one view only"):
        CONDITIONS["missing_view"].change_views(many.first_views(1))


def test_light_brightens_one_side_and_is_unsuitable_without_colour(clean):
    grey = [replace(one.frames[0], colours=np.full_like(one.frames[0].vertices, 0.5)) for one in still(8).clips]
    heads = data_set([replace(one, frames=(face,)) for one, face in zip(still(8).clips, grey, strict=True)])
    lit = [one.frames[0] for one in CONDITIONS["light"].change(heads).clips]
    sides = set()
    for before, after in zip(grey, lit, strict=True):
        assert after.vertices.tobytes() == before.vertices.tobytes()
        assert (after.colours >= 0).all() and (after.colours <= 1).all()
        pose = find_poses([before], "bu83")[0]
        across = move_scan(before, pose).vertices[:, 0]
        red = after.colours[:, 0]
        left, right = red[across > 30].mean(), red[across < -30].mean()
        assert max(left, right) > 1.8 * min(left, right)
        assert red.mean() > after.colours[:, 2].mean()  # a warm light
        sides.add(left > right)
    assert sides == {True, False}
    with pytest.raises(Unsuitable, match="no channel shows colour"):
        CONDITIONS["light"].change_views(clean)
    assert CONDITIONS["light"].change_views(replace(clean, planes=("colour",) * 3)).planes == ("colour",) * 3


def test_light_leaves_scans_without_colour_as_they_are():
    before, after = HEADS.clips[0].frames[0], CONDITIONS["light"].change(HEADS).clips[0].frames[0]
    assert after.colours is None and after.vertices.tobytes() == before.vertices.tobytes()


def test_changed_frames_are_a_sequence_like_any_other():
    frames = CONDITIONS["coarse"].change(HEADS).clips[0].frames
    assert isinstance(frames, ChangedFrames) and len(frames) == 2
    assert [one.vertices.tobytes() for one in frames[:]] == [
        frames[0].vertices.tobytes(),
        frames[-1].vertices.tobytes(),
    ]
    with pytest.raises(IndexError):
        frames[2]
