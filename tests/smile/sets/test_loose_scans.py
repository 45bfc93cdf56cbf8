"""Which files are one face, and in which order its frames come."""

import os
from pathlib import Path

import numpy as np
import pytest

from smile.data.formats.bnt import write_bnt
from smile.data.stand_in import mark_name
from smile.errors import BadFile, UserError
from smile.sets.loose_scans import find_clips, read_loose_scans
from tests.smile.rendering.faces import mesh


def write_obj(path, scale=1.0, more=""):
    points, triangles = mesh(step=9.0)
    lines = [more, *(f"v {x} {y} {z}" for x, y, z in points * scale)]
    lines += [f"f {a} {b} {c}" for a, b, c in triangles + 1]
    path.write_text("\n".join(lines))
    return path


def test_a_place_is_a_data_set_of_nobody_in_particular(tmp_path):
    found = read_loose_scans(write_obj(tmp_path / "anna.obj"))
    (clip,) = found.clips
    assert (found.title, clip.subject, clip.labels, found.stand_in) == ("anna.obj", "", ("anna",), "")
    np.testing.assert_allclose(clip.frames[0].vertices, mesh(step=9.0)[0], atol=1e-4)


def test_landmarks_beside_a_scan_are_taken_along(tmp_path):
    write_obj(tmp_path / "000.obj")
    (tmp_path / "000.bnd").write_text("\n".join(f"{i} {i} 0 1" for i in range(83)))
    (clip,) = read_loose_scans(tmp_path).clips
    assert clip.landmark_scheme == "bu83" and clip.frames[0].landmarks.shape == (83, 3)


def test_another_texture_is_another_clip(tmp_path):
    scan = write_obj(tmp_path / "a.obj")
    (tmp_path / "a.jpg").write_bytes(b"one")
    before = read_loose_scans(scan).clips[0].content_key
    (tmp_path / "a.jpg").write_bytes(b"two, longer")
    assert read_loose_scans(scan).clips[0].content_key != before


def test_made_faces_stay_made_faces(tmp_path):
    scan = write_obj(tmp_path / "a.obj", more="# Not a recording, made by ICT-FaceKit")
    assert read_loose_scans(scan).stand_in == "ICT-FaceKit"
    grid = tmp_path / "b.bnt"
    write_bnt(grid, np.zeros((2, 2, 3)), np.zeros((2, 2, 2)), mark_name("b.png", "ICT-FaceKit"))
    assert read_loose_scans(grid).stand_in == "ICT-FaceKit"


def test_mistakes_say_what_to_give(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"holds no mesh, and no folder of meshes; .* as in bu4dfe="):
        read_loose_scans(tmp_path / "empty")
    with pytest.raises(UserError, match=r"nowhere\.obj does not exist; give a mesh file"):
        read_loose_scans(tmp_path / "nowhere.obj")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UserError, match=r"'\.txt' is no mesh format"):
        read_loose_scans(tmp_path / "a.txt")
    (tmp_path / "c.obj").write_text("v 1 2")
    with pytest.raises(BadFile):
        read_loose_scans(tmp_path / "c.obj").clips[0].frames[0]


def test_a_pipe_is_neither_a_scan_nor_a_folder_of_scans(tmp_path):
    os.mkfifo(tmp_path / "a.obj")
    with pytest.raises(UserError, match="is a pipe, no file and no folder; give a mesh file"):
        read_loose_scans(tmp_path / "a.obj")


def write_triangle(path: Path, height: float = 1.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"v 0 0 0\nv 100 0 0\nv 0 {100 * height} 0\nf 1 2 3\n")
    return path


def test_a_file_is_a_face_and_a_folder_of_meshes_is_a_clip_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 2):
        write_triangle(tmp_path / "clip" / f"{number}.obj", number)
    (tmp_path / "clip" / "notes.txt").write_text("no mesh")
    single = write_triangle(tmp_path / "scan.obj", 7)
    clip, scan = find_clips([tmp_path / "clip", single])
    assert [float(frame.vertices[2, 1]) for frame in clip.frames] == [200, 900, 1000]
    assert (len(scan.frames), scan.id) == (1, str(single)) and clip.landmark_scheme is None
    np.testing.assert_array_equal(scan.frames[0].vertices[2], [0, 700, 0])


def test_a_folder_of_folders_is_a_clip_each(tmp_path: Path) -> None:
    for name in ("b2", "b10", "a"):
        write_triangle(tmp_path / name / "0.obj")
    (tmp_path / "empty").mkdir()
    assert [Path(clip.id).name for clip in find_clips([tmp_path])] == ["a", "b2", "b10"]
