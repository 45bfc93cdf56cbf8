"""Reading a mesh takes less than four times its file in memory, as numpy and Python tell of what they allocate."""

import numpy as np
import pytest
import trimesh

from smile.data.face import Scan
from smile.data.formats import mesh
from smile.data.formats.mesh import read_mesh
from smile.data.formats.vrml import write_vrml
from smile.errors import BadFile
from tests.smile.data.formats.peaks import read_traced

SIDE = 120  # points: files of half a MB to eight MB
ROW = np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)
QUADS = np.stack([ROW, ROW + SIDE, ROW + SIDE + 1, ROW + 1], axis=-1).reshape(-1, 4)
TRIANGLES = np.concatenate([QUADS[:, :3], QUADS[:, [0, 2, 3]]])
X, Y = np.meshgrid(np.linspace(-90, 90, SIDE), np.linspace(-110, 110, SIDE), indexing="ij")
BESIDES = 2**18  # bytes that a file of any size takes: one block of polygons
POINTS = np.stack([X, Y, 60 - (X / 30) ** 2 - (Y / 35) ** 2], axis=-1).reshape(-1, 3)
SOLID = trimesh.Trimesh(POINTS, TRIANGLES, process=False)
MIXED = [*QUADS[::2].tolist(), *TRIANGLES[1 : len(QUADS) : 2].tolist(), *TRIANGLES[len(QUADS) + 1 :: 2].tolist()]


def rows(line, values):
    return (line * len(values)) % tuple(np.asarray(values).ravel().tolist())


def ply(faces, kind="ascii"):
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    face = f"element face {len(faces)}\nproperty list uchar int vertex_indices"
    head = f"ply\nformat {kind} 1.0\nelement vertex {len(POINTS)}\n{axes}{face}\nend_header\n".encode()
    if kind == "ascii":
        return head + (rows("%.6f %.6f %.6f\n", POINTS) + polygons(faces)).encode()
    parts = [np.uint8([len(face)]).tobytes() + np.int32(face).tobytes() for face in faces]
    return head + POINTS.astype("<f4").tobytes() + b"".join(parts)


def polygons(faces):
    return "".join(f"{len(face)} {' '.join(map(str, face))}\n" for face in faces)


def off(faces):
    return (f"OFF\n{len(POINTS)} {len(faces)} 0\n" + rows("%.6f %.6f %.6f\n", POINTS) + polygons(faces)).encode()


FILES = {
    "text.ply": lambda: ply(TRIANGLES.tolist()),
    "text_mixed.ply": lambda: ply(MIXED),
    "binary.ply": lambda: ply(TRIANGLES, "binary_little_endian"),
    "binary_mixed.ply": lambda: ply(MIXED, "binary_little_endian"),
    "triangles.off": lambda: off(TRIANGLES.tolist()),
    "mixed.off": lambda: off(MIXED),
    "binary.stl": lambda: SOLID.export(file_type="stl"),
    "text.stl": lambda: SOLID.export(file_type="stl_ascii").encode(),
    "text.obj": lambda: b"".join(
        [rows("v %.6f %.6f %.6f\n", POINTS).encode(), rows("f %d %d %d\n", TRIANGLES + 1).encode()]
    ),
    "text.wrl": None,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_mesh_takes_less_than_four_times_its_file(tmp_path, name):
    path = tmp_path / name
    if FILES[name] is None:
        write_vrml(path, Scan(POINTS.astype(np.float32), TRIANGLES.astype(np.int32)), "")
    else:
        path.write_bytes(FILES[name]())
    scan, peak = read_traced(path)
    size = path.stat().st_size
    assert len(scan.vertices) == len(POINTS) and len(scan.triangles) == len(TRIANGLES)
    assert size > 4e5 and peak < 4 * size + BESIDES, f"{peak / size:.2f} times {size} bytes"


def test_what_trimesh_reads_has_a_limit_of_its_own(tmp_path, monkeypatch):
    content = trimesh.exchange.gltf.export_gltf(SOLID.scene(), embed_buffers=True)["model.gltf"]
    (tmp_path / "a.gltf").write_bytes(content)
    size = len(content)
    monkeypatch.setattr(mesh, "MOST_BYTES", size)
    assert len(read_mesh(tmp_path / "a.gltf").triangles) == len(TRIANGLES)
    monkeypatch.setattr(mesh, "MOST_BYTES", size - 1)
    with pytest.raises(BadFile, match=f"goes on to {size:,} bytes; {size - 1:,} are allowed"):
        read_mesh(tmp_path / "a.gltf")
