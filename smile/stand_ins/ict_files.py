"""Reads ICT-FaceKit, from an .npz of arrays or a clone of its repository, into the arrays of a morphable model.

Layout and vertex ranges: https://github.com/ICT-VGL/ICT-FaceKit (MIT). Letters: V vertices, T triangles.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smile.arrays import Float32, Int32
from smile.atomic import parse_json
from smile.data.formats.obj import read_obj
from smile.digests import digest_file, digest_text
from smile.errors import BadFile, UserError
from smile.limits import read_regular
from smile.stand_ins import blendshapes

_KEYS = ("neutral", "faces", "source_vertex", "expr_names", "expr_delta", "id_delta", "landmarks68")
_MODEL_FOLDER = "FaceXModel"
_NEUTRAL = "generic_neutral_mesh.obj"
_LANDMARKS = "vertex_indices.json"
_MM_PER_UNIT = 10.0  # upstream's unit is the centimetre
_REMEDY = "clone github.com/ICT-VGL/ICT-FaceKit anew, or use an .npz made from it"


@dataclass(frozen=True)
class IctArrays:
    """Holds the whole model as stored, in mm and in the face frame."""

    neutral: Float32  # [V, 3]
    triangles: Int32  # [T, 3]
    source_vertex: Int32  # [V] upstream's number of each vertex
    shapes: Float32  # [S, V, 3] displacement for each shape of blendshapes.SHAPES
    identities: Float32  # [I, V, 3] displacement for one standard deviation of each identity mode
    landmarks68: Int32  # [68] vertex numbers of the iBUG landmarks


def read_arrays(path: Path) -> IctArrays:
    """Reads the model at `path`, an .npz or a clone; UserError where it is neither, BadFile where it is broken."""
    if path.is_dir():
        arrays = _read_clone(_model_folder(path))
    elif path.is_file():
        arrays = _read_npz(path)
    else:
        raise UserError(f"{path}: no ICT-FaceKit there; give a clone of its repository or an .npz made from it")
    return _checked(arrays, path)


def content_key(path: Path) -> str:
    """Returns a key for the model's content: digest of an .npz, or names, sizes and times of a clone's files."""
    if path.is_file():
        return digest_file(path)
    folder = _model_folder(path)
    files = [folder / name for name in (_NEUTRAL, _LANDMARKS)] + _shape_files(folder) + _identity_files(folder)
    states = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return digest_text(repr(states))


def _read_npz(path: Path) -> IctArrays:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            missing = [key for key in _KEYS if key not in stored]
            if missing:
                raise BadFile(path, "keys", f"{', '.join(missing)} missing", "make it from ICT-FaceKit anew")
            content = {key: stored[key] for key in _KEYS}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        why = f": {error.strerror}" if isinstance(error, OSError) else ""
        raise BadFile(path, "", f"not a readable .npz{why}", "name a clone of ICT-FaceKit, or copy it anew") from None
    return IctArrays(
        neutral=content["neutral"].astype(np.float32),
        triangles=content["faces"].astype(np.int32),
        source_vertex=content["source_vertex"].astype(np.int32),
        shapes=_pick_shapes(content, path),
        identities=content["id_delta"].astype(np.float32),
        landmarks68=content["landmarks68"].astype(np.int32),
    )


def _pick_shapes(content: Mapping[str, NDArray[Any]], path: Path) -> Float32:
    names = [str(name) for name in content["expr_names"]]
    missing = [shape for shape in blendshapes.SHAPES if shape not in names]
    if missing:
        raise BadFile(path, "expr_names", f"{', '.join(missing)} missing", "make it from ICT-FaceKit anew")
    deltas = content["expr_delta"]
    if len(deltas) != len(names):
        raise BadFile(path, "expr_delta", f"{len(deltas)} shapes for {len(names)} names", "make it anew")
    return np.asarray(deltas[[names.index(shape) for shape in blendshapes.SHAPES]], dtype=np.float32)


def _model_folder(path: Path) -> Path:
    for folder in (path / _MODEL_FOLDER, path):
        if (folder / _NEUTRAL).is_file():
            return folder
    raise UserError(f"{path}: no {_MODEL_FOLDER}/{_NEUTRAL} in it; {_REMEDY}")


def _shape_files(folder: Path) -> list[Path]:
    return [folder / f"{shape}.obj" for shape in blendshapes.SHAPES]


def _identity_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("identity[0-9][0-9][0-9].obj"))
    if not files:
        raise BadFile(folder, "identity000.obj", "missing", _REMEDY)
    return files


def _read_clone(folder: Path) -> IctArrays:
    """Reads a clone. Seams exist only in the texture of its meshes, so all meshes have the same order of vertices."""
    neutral = read_obj(folder / _NEUTRAL)

    def displace(file: Path) -> Float32:
        vertices = read_obj(file).vertices
        if len(vertices) != len(neutral.vertices):
            reason = f"{len(vertices)} vertices where {_NEUTRAL} has {len(neutral.vertices)}"
            raise BadFile(file, "v", reason, _REMEDY)
        return (vertices - neutral.vertices) * np.float32(_MM_PER_UNIT)

    return IctArrays(
        neutral=neutral.vertices * np.float32(_MM_PER_UNIT),
        triangles=neutral.triangles,
        source_vertex=np.arange(len(neutral.vertices), dtype=np.int32),
        shapes=np.stack([displace(file) for file in _shape_files(folder)]),
        identities=np.stack([displace(file) for file in _identity_files(folder)]),
        landmarks68=_read_landmark_numbers(folder / _LANDMARKS),
    )


def _read_landmark_numbers(file: Path) -> Int32:
    try:
        return np.array(parse_json(read_regular(file))["idx_to_landmark_verts"], dtype=np.int32)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadFile(file, "idx_to_landmark_verts", f"cannot be read ({error})", _REMEDY) from None


def _checked(arrays: IctArrays, path: Path) -> IctArrays:
    """Returns `arrays`; BadFile where shapes or axes are wrong, and on numbers out of range or not finite."""
    count = len(arrays.neutral)
    shapes = {
        "neutral": (arrays.neutral.shape, (count, 3)),
        "faces": (arrays.triangles.shape, (len(arrays.triangles), 3)),
        "source_vertex": (arrays.source_vertex.shape, (count,)),
        "expr_delta": (arrays.shapes.shape, (len(blendshapes.SHAPES), count, 3)),
        "id_delta": (arrays.identities.shape, (len(arrays.identities), count, 3)),
        "landmarks68": (arrays.landmarks68.shape, (68,)),
    }
    for place, (found, wanted) in shapes.items():
        if found != wanted:
            raise BadFile(path, place, f"shape {found} where {wanted} is needed", _REMEDY)
    for place, values in (("neutral", arrays.neutral), ("expr_delta", arrays.shapes), ("id_delta", arrays.identities)):
        if not np.isfinite(values).all():
            raise BadFile(path, place, "holds numbers that are not finite", _REMEDY)
    for place, numbers in (("faces", arrays.triangles), ("landmarks68", arrays.landmarks68)):
        if numbers.min(initial=0) < 0 or numbers.max(initial=0) >= count:
            raise BadFile(path, place, f"a vertex number outside 0..{count - 1}", _REMEDY)
    eyes = arrays.neutral[arrays.landmarks68]
    if eyes[42:48, 0].mean() <= eyes[36:42, 0].mean() or eyes[27, 1] <= eyes[8, 1]:
        raise BadFile(path, "landmarks68", "the axes are not +x subject's left, +y up", _REMEDY)
    return arrays
