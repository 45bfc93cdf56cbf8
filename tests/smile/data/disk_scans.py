"""Small scans as files, for tests of readers: the first vertex tells one from another."""

import zipfile

import numpy as np
from PIL import Image

from smile.data.face import Scan
from smile.data.formats.bnd import write_bnd
from smile.data.formats.bndplus import write_bndplus
from smile.data.formats.obj import write_obj
from smile.data.formats.vrml import write_vrml

TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
MARKS = np.arange(249, dtype=np.float32).reshape(83, 3)


def small_scan(x=0.0):
    vertices = np.array([[x, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    return Scan(vertices, TRIANGLES, uv=uv, triangles_uv=TRIANGLES)


def add_scan(path, x=0.0, comment=""):
    """A scan in the format of its suffix; an .obj comes with its material, which names no picture that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix.lower():
        case ".obj":
            write_obj(path, small_scan(x), "absent.jpg", comment)
        case ".wrl":
            write_vrml(path, small_scan(x), "", comment)
        case ".ply":
            rows = "".join(f"{a} {b} {c}\n" for a, b, c in small_scan(x).vertices.tolist())
            names = "".join(f"property float {axis}\n" for axis in "xyz")
            path.write_text(
                f"ply\nformat ascii 1.0\nelement vertex 4\n{names}element face 2\n"
                f"property list uchar int vertex_indices\nend_header\n{rows}3 0 1 2\n3 0 2 3\n"
            )


def add_marks(path, offset=0.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    (write_bndplus if path.suffix == ".bndplus" else write_bnd)(path, MARKS + offset)


def add_picture(path, colour=(205, 160, 135)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), colour).save(path)


def pack_folder(folder, archive):
    """Moves a folder into an archive, with the entries in no order of theirs."""
    files = sorted((path for path in folder.rglob("*") if path.is_file()), reverse=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in files:
            file.write(path, path.relative_to(folder.parent))
            path.unlink()
