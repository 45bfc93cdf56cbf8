"""Reads a face mesh in any file format, chosen by suffix: with our reader if there is one, else with trimesh."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from smile.arrays import Float32
from smile.data.face import Scan
from smile.data.formats.bnt import read_bnt
from smile.data.formats.obj import read_obj
from smile.data.formats.tokens.lines import FARTHEST_POINT
from smile.data.formats.vrml import read_vrml
from smile.errors import BadFile

#: Suffix -> our reader; trimesh reads every other suffix.
OURS: dict[str, Callable[[Path], Scan]] = {".wrl": read_vrml, ".bnt": read_bnt, ".obj": read_obj}
_ARCHIVES = {"zip", "bz2", "tar.gz", "tar.bz2", "7z"}  # not accepted: trimesh would read whatever lies inside
_REMEDY = "copy the file anew, or convert it to .obj or .ply"


def read_mesh(path: Path) -> Scan:
    """Reads the face in `path`: at least one triangle, finite vertices within 1e6, valid indices; no landmarks.

    trimesh gets only the content, so it cannot open other files that the file names; such scans have no texture.
    Raises BadFile where the file cannot be read as such a mesh, or where no reader knows its format.
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
    try:
        mesh = _load(path, kind)
    except OSError as error:
        raise BadFile(path, "", f"cannot be read: {error.strerror or error}", _REMEDY) from None
    except Exception as error:  # its parsers may raise any exception
        raise BadFile(path, "", f"is no {kind} mesh ({type(error).__name__}: {str(error)[:120]})", _REMEDY) from None
    return _make_scan(path, mesh)


def _load(path: Path, kind: str) -> Any:
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the result is checked afterwards
        mesh = trimesh.load(file, file_type=kind, process=False, maintain_order=True)
        mesh = mesh.to_mesh() if isinstance(mesh, trimesh.Scene) else mesh
        if kind == "stl" and isinstance(mesh, trimesh.Trimesh):  # triangles of this format share no vertices
            mesh.merge_vertices()
    return mesh


def _make_scan(path: Path, mesh: Any) -> Scan:
    """Checks the arrays of trimesh, because it accepts indices out of range, NaN and files without any geometry."""
    vertices = np.asarray(getattr(mesh, "vertices", ()), dtype=np.float64).reshape(-1, 3)
    triangles = np.asarray(getattr(mesh, "faces", ())).reshape(-1, 3)
    if len(triangles) == 0:
        raise BadFile(path, "", "holds no triangles", _REMEDY)
    if not (np.abs(vertices) <= FARTHEST_POINT).all():  # also false for NaN
        raise BadFile(path, "", f"a vertex is not finite or farther than {FARTHEST_POINT:g}", _REMEDY)
    if triangles.min() < 0 or triangles.max() >= len(vertices):
        raise BadFile(path, "", f"a triangle has a vertex number outside 0..{len(vertices) - 1}", _REMEDY)
    scan = Scan(vertices.astype(np.float32), np.ascontiguousarray(triangles, dtype=np.int32))
    uv = _texture_coordinates(mesh, len(vertices))
    return scan if uv is None else replace(scan, uv=uv, triangles_uv=scan.triangles)


def _texture_coordinates(mesh: Any, vertices: int) -> Float32 | None:
    """Returns texture coordinates [V, 2], one per vertex; None where there are none or they are unusable."""
    uv = getattr(getattr(mesh, "visual", None), "uv", None)
    if uv is None:
        return None
    uv = np.asarray(uv, dtype=np.float32)
    return uv if uv.shape == (vertices, 2) and np.isfinite(uv).all() else None
