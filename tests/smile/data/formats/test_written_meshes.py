"""What the writers of mesh files write, their readers read again."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from smile.data.face import Scan
from smile.data.formats.obj import read_obj, write_obj
from smile.data.formats.vrml import read_vrml, write_vrml
from tests.smile.data.formats import test_obj, test_vrml


@dataclass(frozen=True)
class Format:
    suffix: str
    read: Callable
    write: Callable
    reference_parse: Callable
    comment: str  # how a file begins that says "a comment"


FORMATS = {
    "obj": Format(".obj", read_obj, write_obj, test_obj.reference_parse, "# a comment\n"),
    "vrml": Format(".wrl", read_vrml, write_vrml, test_vrml.reference_parse, "#VRML V2.0 utf8\n# a comment\n"),
}


@pytest.fixture(params=FORMATS)
def form(request):
    return FORMATS[request.param]


@pytest.mark.parametrize("picture", ["skin.jpg", "000.jpg"])
def test_what_is_written_is_read_again(form, picture, tmp_path):
    rng = np.random.default_rng(4)
    scan = Scan(
        vertices=rng.normal(0, 90, (200, 3)).astype(np.float32),
        triangles=rng.integers(0, 200, (350, 3)).astype(np.int32),
        uv=rng.random((220, 2)).astype(np.float32),
        triangles_uv=rng.integers(0, 220, (350, 3)).astype(np.int32),
    )
    path = tmp_path / f"000{form.suffix}"
    (tmp_path / picture).write_bytes(b"picture")
    form.write(path, scan, picture, "a comment")
    back = form.read(path)
    np.testing.assert_allclose(back.vertices, scan.vertices, atol=6e-5)
    np.testing.assert_allclose(back.uv, scan.uv, atol=6e-7)
    assert back.triangles.tolist() == scan.triangles.tolist()
    assert back.triangles_uv.tolist() == scan.triangles_uv.tolist()
    assert back.texture == tmp_path / picture
    assert np.array(form.reference_parse(path.read_text())[1]).tolist() == scan.triangles.tolist()
    assert path.read_text().startswith(form.comment)


def test_a_scan_without_texture_is_written_without(form, tmp_path):
    scan = Scan(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32))
    path = tmp_path / f"000{form.suffix}"
    form.write(path, scan, "")
    back = form.read(path)
    assert back.vertices.tolist() == scan.vertices.tolist()
    assert (back.uv, back.texture) == (None, None)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
