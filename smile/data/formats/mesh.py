"""Reads a face mesh in any file format, chosen by suffix: with our reader if there is one, else with trimesh."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from smile.arrays import Float32, Int64
from smile.data.face import Scan
from smile.data.files import open_file
from smile.data.formats.bnt import read_bnt
from smile.data.formats.obj import read_obj
from smile.data.formats.off import read_off
from smile.data.formats.packed.glb import read_glb
from smile.data.formats.packed.stl import read_stl
from smile.data.formats.ply import read_ply
from smile.data.formats.surface import build, scale_colours
from smile.data.formats.vrml import read_vrml
from smile.errors import BadFile

#: Suffix -> our reader; every other suffix is trimesh's.
OURS: dict[str, Callable[[Path], Scan]] = {
    ".wrl": read_vrml,
    ".bnt": read_bnt,
    ".obj": read_obj,
    ".ply": read_ply,
    ".off": read_off,
    ".stl": read_stl,
    ".glb": read_glb,
}
_ARCHIVES = {"zip", "bz2", "tar.gz", "tar.bz2", "7z"}  # trimesh would read whatever lies in them
#: Largest file that trimesh reads: of a .gltf it makes objects of many times its size.
MOST_BYTES = 2**26
_REMEDY = "copy the file anew, or convert it to .obj or .ply"


def read_mesh(path: Path) -> Scan:
    """Reads the face in `path`: at least one triangle, finite vertices within 1e6, valid indices; no landmarks.

    trimesh is handed the content alone, so that nothing that a file names is opened.
    Raises BadFile where the file cannot be read as such a mesh, or nothing reads its format.
    """
    return OURS.get(path.suffix.lower(), _read_with_trimesh)(path)


def is_mesh(path: Path) -> bool:
    """Returns whether the suffix belongs to a format that can be read."""
    suffix = path.suffix.lower()
    return suffix in OURS or suffix.removeprefix(".") in trimesh.available_formats() - _ARCHIVES


def _read_with_trimesh(path: Path) -> Scan:
    kind = path.suffix.lower().removeprefix(".")
    if not is_mesh(path):
        raise BadFile(path, "", f"{path.suffix or 'no suffix'!r} is no mesh format that can be read", _REMEDY)
    with open_file(path, _REMEDY, MOST_BYTES) as file:
        content = file.read()
    try:
        parts = _load(content, kind)
    except Exception as error:  # its parsers raise whatever they stumble over
        reason = f"is no {kind} mesh ({type(error).__name__}: {str(error)[:120]})"
        raise BadFile(path, "byte 0", reason, _REMEDY) from None
    return _join(path, parts)


def _load(content: bytes, kind: str) -> list[Any]:
    """The meshes in the file, each where the scene puts it; trimesh would pack their pictures into one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what comes out is checked
        mesh = trimesh.load(io.BytesIO(content), file_type=kind, process=False, maintain_order=True)
        parts = mesh.dump() if isinstance(mesh, trimesh.Scene) else [mesh]
        return [part for part in parts if len(getattr(part, "faces", ()))]


def _join(path: Path, parts: Sequence[Any]) -> Scan:
    """One scan of all parts, checked: trimesh takes indices out of range, NaN and files without any geometry."""
    if not parts:
        raise BadFile(path, "faces", "holds no triangles", _REMEDY)
    vertices = np.concatenate([np.asarray(part.vertices, np.float64).reshape(-1, 3) for part in parts])
    with np.errstate(over="ignore"):  # beyond float32 is infinite, which is refused
        points = vertices.astype(np.float32)
    corners = _join_corners(path, parts)
    scan = build(path, points, np.full(len(corners) // 3, 3, np.int32), corners, _join_colours(parts), _REMEDY)
    uv = _join_texture_coordinates(parts)
    if len(scan.vertices) < len(points) or uv is None:
        return scan
    return replace(scan, uv=uv, triangles_uv=scan.triangles)


def _join_corners(path: Path, parts: Sequence[Any]) -> Int64:
    """The corners of all triangles, numbered through all parts; raises BadFile where a number is out of range."""
    corners, begin = [], 0
    for part in parts:
        faces, count = np.asarray(part.faces, np.int64).ravel(), len(part.vertices)
        if faces.min() < 0 or faces.max() >= count:
            raise BadFile(path, "faces", f"a triangle has a vertex number outside 0..{count - 1}", _REMEDY)
        corners.append(faces + begin)
        begin += count
    return np.concatenate(corners)


def _join_colours(parts: Sequence[Any]) -> Float32 | None:
    """The colours of all vertices; None where a part has none."""
    colours = [found for part in parts if (found := _colours(part, len(part.vertices))) is not None]
    return np.concatenate(colours) if len(colours) == len(parts) else None


def _join_texture_coordinates(parts: Sequence[Any]) -> Float32 | None:
    """[V, 2] over all vertices, zeros for a part that has none; None where no part has any."""
    uv = [_texture_coordinates(part, len(part.vertices)) for part in parts]
    if all(one is None for one in uv):
        return None
    bare = (np.zeros((len(part.vertices), 2), np.float32) for part in parts)
    return np.concatenate([zeros if one is None else one for one, zeros in zip(uv, bare, strict=True)])


def _colours(part: Any, count: int) -> Float32 | None:
    """The colours [V, 3] of the vertices of a part; None where it has none."""
    visual = getattr(part, "visual", None)
    colours = getattr(visual, "vertex_colors", None) if getattr(visual, "kind", "") == "vertex" else None
    if colours is None:
        colours = getattr(part, "vertex_attributes", {}).get("color")
    if colours is None or np.ndim(colours) != 2 or len(colours) != count or np.shape(colours)[1] < 3:
        return None
    whole = np.issubdtype(np.asarray(colours).dtype, np.integer)
    shares = np.asarray(colours, np.float32)[:, :3]
    return shares / np.float32(np.iinfo(colours.dtype).max) if whole else scale_colours(shares)


def _texture_coordinates(part: Any, count: int) -> Float32 | None:
    """[V, 2] a vertex; None where there are none of use."""
    uv = getattr(getattr(part, "visual", None), "uv", None)
    if uv is None:
        return None
    uv = np.asarray(uv, dtype=np.float32)
    return uv if uv.shape == (count, 2) and np.isfinite(uv).all() else None
