import numpy as np
import pytest

from smile.data.loose_scans import read_loose_scans
from smile.errors import BadFile, UserError
from tests.smile.rendering.faces import mesh


def write_obj(path, scale=1.0, more=""):
    points, triangles = mesh(step=9.0)
    lines = [more, *(f"v {x} {y} {z}" for x, y, z in points * scale)]
    lines += [f"f {a} {b} {c}" for a, b, c in triangles + 1]
    path.write_text("\n".join(lines))
    return path


def test_a_file_is_a_clip_of_one(tmp_path):
    found = read_loose_scans(write_obj(tmp_path / "anna.obj"))
    (clip,) = found.clips
    assert (found.title, clip.subject, len(clip.frames), found.stand_in) == ("anna.obj", "anna", 1, "")
    np.testing.assert_allclose(clip.frames[0].vertices, mesh(step=9.0)[0], atol=1e-4)


def test_a_folder_is_one_clip_in_the_order_of_its_numbers(tmp_path):
    for number in (10, 2, 1):
        write_obj(tmp_path / f"scan{number}.obj")
    (tmp_path / "notes.txt").write_text("not a scan")
    (clip,) = read_loose_scans(tmp_path).clips
    assert [path.name for path in clip.frames.scans] == ["scan1.obj", "scan2.obj", "scan10.obj"]


@pytest.mark.parametrize(("scale", "close"), [(1.0, 1e-4), (0.1, 1e-2), (0.001, 1e-2)])
def test_metres_and_centimetres_become_millimetres(tmp_path, scale, close):
    scan = read_loose_scans(write_obj(tmp_path / "a.obj", scale)).clips[0].frames[0]
    np.testing.assert_allclose(scan.vertices, mesh(step=9.0)[0], atol=close)


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


def test_mistakes_say_what_to_give(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no mesh file; a data set is given by its name too"):
        read_loose_scans(tmp_path / "empty")
    with pytest.raises(UserError, match="is not there; give a mesh file"):
        read_loose_scans(tmp_path / "nowhere.obj")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UserError, match=r"'\.txt' is no mesh format"):
        read_loose_scans(tmp_path / "a.txt")
    write_obj(tmp_path / "b.obj")
    (tmp_path / "b.ply").write_text("ply")
    with pytest.raises(UserError, match=r"several formats \(\.obj, \.ply\)"):
        read_loose_scans(tmp_path)
    (tmp_path / "c.obj").write_text("v 1 2")
    with pytest.raises(BadFile):
        read_loose_scans(tmp_path / "c.obj").clips[0].frames[0]
