"""ICT-FaceKit is read from an .npz and from a clone alike, and a broken one is named."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from smile.data.landmarks import measure_motion
from smile.errors import BadFile, UserError
from smile.stand_ins import blendshapes
from smile.stand_ins import ict as morphable
from smile.stand_ins.ict import IctSource, read_ict
from smile.stand_ins.ict_files import read_arrays
from tests.places import SHARED

REAL = SHARED / "ict_facekit_narrow_eyes.npz"
needs_real = pytest.mark.skipif(not REAL.is_file(), reason=f"no ICT-FaceKit at {REAL}")
SIDE = 26  # vertices along each edge of the small model


def small_model() -> dict[str, NDArray[np.generic]]:
    """A plate that bulges like a face, with the 68 landmarks on it, in mm; shapes and identities are smooth waves."""
    x, y = (a.ravel() for a in np.meshgrid(np.linspace(-75, 75, SIDE), np.linspace(-90, 90, SIDE)))
    neutral = np.stack([x, y, 120 - 0.008 * (x**2 + 0.6 * y**2)], axis=1)
    cell = (np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)).ravel()
    quads = np.stack([cell, cell + 1, cell + SIDE + 1, cell + SIDE], axis=1)
    rng = np.random.default_rng(1)
    waves = (
        rng.normal(size=(len(blendshapes.SHAPES) + 4, 1, 3))
        * np.cos(rng.normal(size=(len(blendshapes.SHAPES) + 4, 2)) @ (np.stack([x, y]) / 40))[..., None]
    )
    deltas = waves.astype(np.float16).astype(np.float64)
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    places = [(-70 * np.cos(np.pi * i / 16), 20 - 100 * np.sin(np.pi * i / 16)) for i in range(17)]
    places += [(-60 + 11 * i, 62) for i in range(5)] + [(16 + 11 * i, 62) for i in range(5)]
    places += [(0, 40 - 11 * i) for i in range(4)] + [(-14 + 7 * i, -11) for i in range(5)]
    places += [(c - 15 * np.cos(t), 35 + 8 * np.sin(t)) for c in (-32, 32) for t in turn[:18:3]]
    places += [(-28 * np.cos(t), -40 + 14 * np.sin(t)) for t in turn[:12] * 5 / 3]
    places += [(-20 * np.cos(t), -40 + 7 * np.sin(t)) for t in turn[:8] * 2.5]
    landmarks = [int(np.argmin(((neutral[:, :2] - p) ** 2).sum(axis=1))) for p in places]
    return {
        "neutral": neutral,
        "quads": quads,
        "shapes": deltas[: len(blendshapes.SHAPES)],
        "identities": deltas[len(blendshapes.SHAPES) :],
        "landmarks": np.array(landmarks),
    }


def write_npz(path: Path, **changes: object) -> Path:
    model = small_model()
    quads = model["quads"]
    content: dict[str, object] = {
        "neutral": model["neutral"].astype(np.float32),
        "faces": quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3).astype(np.int32),
        "source_vertex": np.arange(SIDE**2, dtype=np.int32),
        "expr_names": np.array(blendshapes.SHAPES),
        "expr_delta": model["shapes"].astype(np.float16),
        "id_delta": model["identities"].astype(np.float16),
        "landmarks68": model["landmarks"].astype(np.int32),
    }
    content = {key: value for key, value in (content | changes).items() if value is not None}
    np.savez(path, **content)  # type: ignore[arg-type]
    return path


def write_obj(path: Path, vertices: NDArray[np.floating], quads: NDArray[np.integer]) -> None:
    """An .obj as upstream's: centimetres, quads, a seam in the texture and two materials."""
    lines = ["mtllib ICTFaceModelMaterial.mtl"]
    lines += ["v {:.15f} {:.15f} {:.15f}".format(*(v / 10)) for v in vertices]
    lines += [f"vt {i / len(vertices):.6f} 0.5" for i in range(len(vertices) + 40)]
    for number, quad in enumerate(quads):
        if number in (0, len(quads) // 2):
            lines.append(f"usemtl M_{number}")
        shift = len(vertices) if number % 7 == 0 else 0
        lines.append("f " + " ".join(f"{v + 1}/{v % 40 + 1 + shift if shift else v + 1}" for v in quad))
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = small_model()
    root = tmp_path_factory.mktemp("ICT-FaceKit")
    folder = root / "FaceXModel"
    folder.mkdir()
    write_obj(folder / "generic_neutral_mesh.obj", model["neutral"], model["quads"])
    for shape, delta in zip(blendshapes.SHAPES, model["shapes"], strict=True):
        write_obj(folder / f"{shape}.obj", model["neutral"] + delta, model["quads"])
    for number, delta in enumerate(model["identities"]):
        write_obj(folder / f"identity{number:03d}.obj", model["neutral"] + delta, model["quads"])
    landmarks = {"idx_to_landmark_verts": model["landmarks"].tolist()}
    (folder / "vertex_indices.json").write_text(json.dumps(landmarks))
    return root


@pytest.mark.slow
def test_a_clone_and_an_npz_of_the_same_model_give_the_same_scans(clone: Path, tmp_path: Path) -> None:
    npz = write_npz(tmp_path / "ict.npz")
    for name in ("neutral", "shapes", "identities", "triangles", "landmarks68", "source_vertex"):
        np.testing.assert_allclose(getattr(read_arrays(clone), name), getattr(read_arrays(npz), name), atol=1e-4)
    ours, theirs = read_ict(clone, 1, 5).clips, read_ict(npz, 1, 5).clips
    for one, two in zip(ours, theirs, strict=True):
        assert one.id == two.id and one.attributes == two.attributes
        np.testing.assert_array_equal(one.frames[2].triangles, two.frames[2].triangles)
        np.testing.assert_allclose(one.frames[2].vertices, two.frames[2].vertices, atol=1e-3)
        np.testing.assert_allclose(one.frames[2].landmarks, two.frames[2].landmarks, atol=1e-3)  # type: ignore[arg-type]


def test_vertices_keep_their_order_through_seams_and_materials(clone: Path) -> None:
    arrays, model = read_arrays(clone), small_model()
    np.testing.assert_allclose(arrays.neutral, model["neutral"], atol=1e-4)
    corners = {frozenset(map(int, quad)) for quad in model["quads"]}
    joined = [frozenset(map(int, t)) for t in arrays.triangles]
    assert len(joined) == 2 * len(corners)
    assert all(any(t <= quad for quad in corners) for t in joined[::50])


def test_every_identity_mode_of_a_clone_is_used_up_to_a_hundred(clone: Path, tmp_path: Path) -> None:
    copy = tmp_path / "FaceXModel"
    copy.mkdir()
    for source in (clone / "FaceXModel").iterdir():
        (copy / source.name).symlink_to(source)
    for number in range(4, 100):
        (copy / f"identity{number:03d}.obj").symlink_to(clone / "FaceXModel" / f"identity{number % 4:03d}.obj")
    for other in ("identity.obj", "identity0001.obj", "identity_mean.obj"):
        (copy / other).write_text("no mode")
    arrays = read_arrays(tmp_path)
    assert len(arrays.identities) == 100
    np.testing.assert_array_equal(arrays.identities[4::4], np.broadcast_to(arrays.identities[0], (24, SIDE**2, 3)))
    assert IctSource(tmp_path).content_key() != IctSource(clone).content_key()


def test_the_folder_with_the_meshes_will_do(clone: Path) -> None:
    assert IctSource(clone).content_key() == IctSource(clone / "FaceXModel").content_key()
    np.testing.assert_array_equal(read_arrays(clone).neutral, read_arrays(clone / "FaceXModel").neutral)


def test_moving_an_npz_keeps_its_key_and_changing_it_does_not(tmp_path: Path) -> None:
    first = write_npz(tmp_path / "a.npz")
    (tmp_path / "b.npz").write_bytes(first.read_bytes())
    other = write_npz(tmp_path / "c.npz", neutral=small_model()["neutral"].astype(np.float32) + 1)
    keys = [read_ict(path, 1, 4).clips[0].content_key for path in (first, tmp_path / "b.npz", other)]
    assert keys[0] == keys[1] != keys[2]


def broken(place: str, value: object) -> Callable[[Path], Path]:
    return lambda folder: write_npz(folder / "x.npz", **{place: value})


def truncated(folder: Path) -> Path:
    path = write_npz(folder / "x.npz")
    path.write_bytes(path.read_bytes()[:5000])
    return path


def empty(folder: Path) -> Path:
    (folder / "x.npz").touch()
    return folder / "x.npz"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (broken("neutral", None), "keys: neutral missing"),
        (broken("expr_names", np.array(["browDown_L"])), "expr_names: .*jawOpen.* missing"),
        (broken("expr_names", np.array([*blendshapes.SHAPES, "more"])), "expr_delta: "),
        (broken("neutral", np.zeros((5, 2))), "neutral: shape"),
        (broken("id_delta", np.zeros((2, 9, 3))), "id_delta: shape"),
        (broken("landmarks68", np.arange(60)), "landmarks68: shape"),
        (broken("faces", np.array([[0, 1, SIDE**2]])), "faces: a vertex number outside"),
        (broken("landmarks68", np.full(68, -1)), "landmarks68: a vertex number outside"),
        (broken("landmarks68", np.zeros(68)), "landmarks68: the axes"),
        (broken("neutral", np.full((SIDE**2, 3), np.nan)), "neutral: .*not finite"),
        (broken("source_vertex", np.arange(SIDE**2) + 9000), "landmarks68: a landmark is not on the face"),
        (truncated, "not a readable .npz"),
        (empty, "not a readable .npz"),
    ],
)
def test_a_broken_npz_is_named_with_its_place(make: Callable[[Path], Path], says: str, tmp_path: Path) -> None:
    path = make(tmp_path)
    with pytest.raises(BadFile, match=says) as caught:
        read_ict(path, 1, 4)
    assert str(path) in str(caught.value)


def test_a_file_that_is_no_npz_is_called_so_without_advice_to_unpickle_it(tmp_path: Path) -> None:
    path = tmp_path / "ict.npz"
    path.write_text("# a document")
    with pytest.raises(BadFile, match=r"not a readable \.npz; name a clone") as caught:
        read_ict(path, 1, 4)
    assert "pickle" not in str(caught.value)


def test_a_missing_path_and_a_folder_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no ICT-FaceKit there"):
        read_ict(tmp_path / "nowhere", 1, 4)
    with pytest.raises(UserError, match=r"no FaceXModel/generic_neutral_mesh\.obj"):
        read_ict(tmp_path, 1, 4)


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("jawOpen.obj", None, "cannot be read"),
        ("jawOpen.obj", "v 0 0 0\nv 1 1 1\nv 2 0 0\nf 1 2 3\n", "3 vertices where"),
        ("jawOpen.obj", "v 0 0\n v what\n", "too few numbers"),
        ("jawOpen.obj", "v 0 0 0\nv 0 0 what\n", "'what' is not a number"),
        ("jawOpen.obj", "", "without a face"),
        ("generic_neutral_mesh.obj", "v 0 0 0\n", "without a face"),
        ("vertex_indices.json", "{}", "idx_to_landmark_verts"),
        ("vertex_indices.json", "{", "idx_to_landmark_verts"),
        ("identity*.obj", None, "identity000.obj: missing"),
    ],
)
def test_a_broken_clone_names_the_file(clone: Path, tmp_path: Path, file: str, content: str | None, says: str) -> None:
    copy = tmp_path / "FaceXModel"
    copy.mkdir()
    for source in (clone / "FaceXModel").iterdir():
        (copy / source.name).symlink_to(source)
    for damaged in [*copy.glob(file)]:
        damaged.unlink()
        if content is not None:
            damaged.write_text(content)
    with pytest.raises(BadFile, match=says):
        read_ict(tmp_path, 1, 4)


@needs_real
def test_the_real_model_has_a_face_s_frame_and_moves_as_facs_says() -> None:
    data = read_ict(REAL, 2, 9)
    assert (data.name, data.title, data.stand_in) == ("ict", "ICT-FaceKit", "ICT-FaceKit")
    model = IctSource(REAL.resolve()).load()
    landmarks = model.anchors.ride(model.neutral)
    assert landmarks[0:8, 0].min() > 0 > landmarks[8:16, 0].max()
    assert landmarks[16:26, 0].min() > 0 > landmarks[26:36, 0].max()
    tip = model.neutral[model.neutral[:, 2].argmax()]
    assert abs(tip[0]) < 1 and np.linalg.norm(landmarks[36:48] - tip, axis=1).min() < 8
    for unit, measure, sign in ((1, "inner brow height", 1), (4, "inner brow height", -1), (5, "eye opening", 1),
                                (9, "nose wing height", 1), (12, "lip corner height", 1), (15, "lip corner height", -1),
                                (20, "mouth width", 1)):  # fmt: skip
        weights = blendshapes.shape_weights({unit: 1.0})
        acted = model.deform(model.neutral, np.array([weights.get(s, 0) for s in blendshapes.SHAPES], np.float32))
        ends = np.stack([landmarks, model.anchors.ride(acted)])[None]
        assert measure_motion(ends, "bu83")[measure][0] * sign > 1.0, (unit, measure)


@needs_real
def test_real_subjects_differ_by_some_millimetres() -> None:
    model = morphable.IctSource(REAL.resolve()).load()
    spread = np.sqrt((model.identities.astype(np.float64) ** 2).sum(axis=2).mean(axis=1).sum())
    assert 3.5 < spread < 5.0
    scans = [clip.frames[0] for clip in read_ict(REAL, 3, 4).clips[::6]]
    assert all(6000 < len(scan.vertices) < 9000 for scan in scans)
