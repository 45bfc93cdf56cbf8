"""Which files are one face, and in which order its frames come."""

from pathlib import Path

import numpy as np
import pytest

from smile.errors import UserError
from smile.prediction.faces import find_clips


def write(path: Path, height: float = 1.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"v 0 0 0\nv 100 0 0\nv 0 {100 * height} 0\nf 1 2 3\n")
    return path


def test_a_file_is_a_face_and_a_folder_of_meshes_is_a_clip_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 2):
        write(tmp_path / "clip" / f"{number}.obj", number)
    (tmp_path / "clip" / "notes.txt").write_text("no mesh")
    single = write(tmp_path / "scan.obj", 7)
    clip, scan = find_clips([tmp_path / "clip", single])
    assert [float(frame.vertices[2, 1]) for frame in clip.frames] == [200, 900, 1000]
    assert (len(scan.frames), scan.id) == (1, str(single)) and clip.landmark_scheme is None
    np.testing.assert_array_equal(scan.frames[0].vertices[2], [0, 700, 0])


@pytest.mark.parametrize(("size", "factor"), [(0.25, 1000), (25.0, 10), (250.0, 1), (2500.0, 1), (1e-3, 1)])
def test_a_mesh_as_small_as_a_face_in_metres_or_centimetres_is_taken_for_that(
    tmp_path: Path, size: float, factor: float
) -> None:
    (tmp_path / "face.obj").write_text(f"v 0 0 0\nv {size} 0 0\nv 0 {size / 9} 0\nf 1 2 3\n")
    (clip,) = find_clips([tmp_path / "face.obj"])
    assert clip.frames[0].vertices[1, 0] == pytest.approx(size * factor)


def test_a_folder_of_folders_is_a_clip_each(tmp_path: Path) -> None:
    for name in ("b2", "b10", "a"):
        write(tmp_path / name / "0.obj")
    (tmp_path / "empty").mkdir()
    assert [Path(clip.id).name for clip in find_clips([tmp_path])] == ["a", "b2", "b10"]


def test_what_holds_no_mesh_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere does not exist"):
        find_clips([tmp_path / "nowhere"])
    with pytest.raises(UserError, match="holds no mesh"):
        find_clips([tmp_path])
