"""Binary glTF meshes (.glb): all triangles of a scene, each where its nodes put it, as one surface."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from smile.arrays import Float32, Float64
from smile.data.archives import keep
from smile.data.face import Scan
from smile.data.formats.packed.chunks import REMEDY, Chunks, open_chunks
from smile.data.formats.surface import Corners, build, scale_colours, split_into_blocks

_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg"}
_BONES = "its skeleton is not posed"


@dataclass(frozen=True)
class _Part:
    """One primitive of the scene, placed."""

    points: Float32  # [V, 3]
    corners: Corners  # [3 T]
    colours: Float32 | None  # [V, 3]
    uv: Float32 | None  # [V, 2], upwards


def read_glb(path: Path) -> Scan:
    """The surface in a .glb file, in the unit of the file, with the picture that most triangles have.

    Raises BadFile where the file is none, states more or less than it holds, or holds no triangle.
    """
    chunks = open_chunks(path)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what a matrix makes infinite is refused
            return _read(path, chunks)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:  # a tree may hold anything
        raise chunks.refuse("head", f"is no glb mesh ({type(error).__name__}: {str(error)[:80]})") from None


def _read(path: Path, chunks: Chunks) -> Scan:
    parts = list(_read_parts(chunks))
    if not parts:
        raise chunks.refuse("meshes", "the scene holds no triangles; points and lines are no surface")
    points = parts[0].points if len(parts) == 1 else np.concatenate([part.points for part in parts])
    corners, colours = _join_corners(parts), scale_colours(_join_colours(parts))
    scan = build(path, points, np.full(len(corners) // 3, 3, np.int32), corners, colours, REMEDY)
    posed = not any("skin" in node for node in chunks.list("nodes"))
    image, said = _choose_image(chunks)
    scan = replace(scan, left_out="; ".join([*([] if posed else [_BONES]), *said]))
    uv = _join_uv(parts)
    if uv is None or len(scan.vertices) < len(points):
        return scan
    return replace(scan, uv=uv, triangles_uv=scan.triangles, texture=None if image is None else _keep(chunks, image))


def _join_colours(parts: Sequence[_Part]) -> Float32 | None:
    """The colours of all vertices; None where a part has none."""
    colours = [part.colours for part in parts if part.colours is not None]
    return np.concatenate(colours) if len(colours) == len(parts) else None


def _join_uv(parts: Sequence[_Part]) -> Float32 | None:
    """[V, 2] over all vertices, zeros for a part that has none; None where no part has any, or one is no number."""
    if all(part.uv is None for part in parts):
        return None
    uv = np.concatenate([np.zeros((len(part.points), 2), np.float32) if part.uv is None else part.uv for part in parts])
    return uv if np.isfinite(uv).all() else None


def _keep(chunks: Chunks, image: Mapping[str, Any]) -> Path | None:
    """A file with the picture of the image; None where it lies in another file."""
    picture = _read_image(chunks, image)
    return keep(picture, _SUFFIXES.get(str(image.get("mimeType")), ".png")) if picture else None


def _read_parts(chunks: Chunks) -> Iterator[_Part]:
    for mesh, matrix, weights in _walk(chunks):
        for number, primitive in enumerate(chunks.take("meshes", mesh).get("primitives", ())):
            if isinstance(primitive, dict) and primitive.get("mode", _TRIANGLES) in (_TRIANGLES, _STRIP, _FAN):
                yield _read_part(chunks, f"mesh {mesh}, primitive {number}", primitive, matrix, weights)


def _walk(chunks: Chunks) -> Iterator[tuple[int, Float64, Sequence[Any]]]:
    """The number of each mesh of the scene, the matrix [4, 4] that places it, and the weights of its morph targets."""
    scenes, nodes = chunks.list("scenes"), chunks.list("nodes")
    if scenes:
        roots = chunks.take("scenes", chunks.tree.get("scene", 0)).get("nodes", [])
    else:  # a library of nodes: those that are in no other
        inner = {child for node in nodes for child in node.get("children", ())}
        roots = [number for number in range(len(nodes)) if number not in inner]
    waiting, seen = [(number, np.eye(4)) for number in reversed(roots)], set[int]()
    while waiting:
        number, around = waiting.pop()
        node = chunks.take("nodes", number)
        if number in seen:
            raise chunks.refuse(f"node {number}", "is in the scene twice, so that the scene is no tree")
        seen.add(number)
        matrix = around @ _place(chunks, number, node)
        if "mesh" in node:
            yield node["mesh"], matrix, node.get("weights") or chunks.take("meshes", node["mesh"]).get("weights", ())
        waiting += [(child, matrix) for child in reversed(node.get("children", ()))]


def _place(chunks: Chunks, number: int, node: Mapping[str, Any]) -> Float64:
    """The matrix [4, 4] of a node; BadFile where its numbers are none."""
    try:
        if "matrix" in node:
            matrix = np.array(node["matrix"], np.float64).reshape(4, 4).T
        else:
            matrix = np.eye(4)
            turn = Rotation.from_quat(node.get("rotation", (0, 0, 0, 1))).as_matrix()
            matrix[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), np.float64).reshape(1, 3)
            matrix[:3, 3] = node.get("translation", (0, 0, 0))
    except (ValueError, TypeError):
        raise chunks.refuse(f"node {number}", "its matrix, rotation, scale or translation is none") from None
    return matrix


def _read_part(
    chunks: Chunks, place: str, primitive: Mapping[str, Any], matrix: Float64, weights: Sequence[Any]
) -> _Part:
    attributes = primitive.get("attributes")
    if not isinstance(attributes, dict) or "POSITION" not in attributes:
        raise chunks.refuse(place, "has no positions")
    points = chunks.read_shares(attributes["POSITION"])
    if points.shape[1] != 3:
        raise chunks.refuse(place, "its positions are not three numbers each")
    points = _morph(chunks, place, points, primitive.get("targets", ()), weights)
    corners = _read_corners(chunks, place, primitive, len(points))
    if np.linalg.det(matrix[:3, :3]) < 0:  # what is mirrored shows its back
        corners = corners.reshape(-1, 3)[:, ::-1].reshape(-1)
    colours, uv = (_read_own(chunks, place, attributes.get(name), len(points)) for name in ("COLOR_0", "TEXCOORD_0"))
    upwards = None if uv is None else np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1)
    return _Part(_move(points, matrix), corners, None if colours is None else colours[:, :3], upwards)


def _read_corners(chunks: Chunks, place: str, primitive: Mapping[str, Any], points: int) -> Corners:
    """The corners [3 T] of the triangles; BadFile where one is no vertex."""
    corners = chunks.read(primitive["indices"]) if "indices" in primitive else np.arange(points, dtype=np.int32)
    if corners.size != len(corners) or corners.dtype.kind == "f":
        raise chunks.refuse(place, "its indices are no whole numbers")
    corners = _to_triangles(chunks, place, corners.reshape(-1), primitive.get("mode", _TRIANGLES))
    if not (corners.max() < points and corners.min() >= 0):
        raise chunks.refuse(place, f"the number {corners.max()} is outside 0..{points - 1}")
    return corners


def _read_own(chunks: Chunks, place: str, accessor: Any, points: int) -> Float32 | None:
    """What each vertex has of its own; None without an accessor."""
    if accessor is None:
        return None
    own: Float32 = chunks.read_shares(accessor)
    if len(own) != points:
        raise chunks.refuse(place, "has not one colour or texture coordinate a vertex")
    return own


def _morph(chunks: Chunks, place: str, points: Float32, targets: Sequence[Any], weights: Sequence[Any]) -> Float32:
    """The points with the morph targets, such as an open jaw, as far as the file says that they are applied."""
    for target, weight in zip(targets, weights, strict=False):
        if type(weight) not in (int, float) or not isinstance(target, dict):
            raise chunks.refuse(place, "the weight of a morph target is no number")
        if weight and "POSITION" in target:
            moves = chunks.read_shares(target["POSITION"])
            if moves.shape != points.shape:
                raise chunks.refuse(place, "a morph target has not one move a vertex")
            points = np.add(points, np.float32(weight) * moves, dtype=np.float32)
    return points


def _to_triangles(chunks: Chunks, place: str, corners: Corners, mode: int) -> Corners:
    """The corners of triangles, of a strip or of a fan, one after the other."""
    if mode == _TRIANGLES:
        if len(corners) % 3:
            raise chunks.refuse(place, f"{len(corners)} corners are no triangles")
        return corners
    if len(corners) < 3:
        raise chunks.refuse(place, f"{len(corners)} corners are no strip and no fan")
    one, two, three = corners[:-2], corners[1:-1], corners[2:]
    if mode == _FAN:
        return np.stack([np.broadcast_to(corners[0], len(two)), two, three], axis=1).reshape(-1)
    odd = np.arange(len(one)) % 2 == 1  # every second triangle of a strip runs the other way round
    return np.stack([one, np.where(odd, three, two), np.where(odd, two, three)], axis=1).reshape(-1)


def _move(points: Float32, matrix: Float64) -> Float32:
    moved, at = np.empty(points.shape, np.float32), 0
    for some in split_into_blocks(points):
        moved[at : at + len(some)] = some @ matrix[:3, :3].T + matrix[:3, 3]
        at += len(some)
    return moved


def _join_corners(parts: Sequence[_Part]) -> Corners:
    """The corners of all triangles, numbered through all parts; those of a single part as the file keeps them."""
    if len(parts) == 1:
        return parts[0].corners
    joined, at = np.empty(sum(len(part.corners) for part in parts), np.int32), 0
    begins = accumulate((len(part.points) for part in parts), initial=0)
    for part, begin in zip(parts, begins, strict=False):
        np.add(part.corners, begin, out=joined[at : at + len(part.corners)], casting="unsafe")
        at += len(part.corners)
    return joined


def _choose_image(chunks: Chunks) -> tuple[Mapping[str, Any] | None, list[str]]:
    """The image that most triangles have, and what that leaves out; None where there is none."""
    counts: Counter[int] = Counter()
    for primitive in (one for mesh in chunks.list("meshes") for one in mesh.get("primitives", ())):
        material = chunks.take("materials", primitive["material"]) if "material" in primitive else {}
        texture = material.get("pbrMetallicRoughness", {}).get("baseColorTexture")
        if texture is None:
            continue
        source = chunks.take("textures", texture.get("index")).get("source")
        accessor = primitive.get("indices", primitive.get("attributes", {}).get("POSITION"))
        if source is not None:
            counts[source] += int(chunks.take("accessors", accessor).get("count", 0))
    if not counts:
        return None, []
    ((best, most),) = counts.most_common(1)
    share = 100 * most / max(sum(counts.values()), 1)
    said = f"several pictures: the one that {share:.0f} % of the faces have is used for all"
    return chunks.take("images", best), [said] if len(counts) > 1 else []


def _read_image(chunks: Chunks, image: Mapping[str, Any]) -> bytes:
    if "bufferView" in image:
        begin, end = chunks.cut(image["bufferView"])
        return chunks.body[begin:end].tobytes()
    head, _, data = str(image.get("uri", "")).partition(";base64,")
    try:
        return base64.b64decode(data) if head.startswith("data:") else b""
    except ValueError:
        raise chunks.refuse("images", "a picture is no base64") from None
