"""What trimesh does not tell of a binary glTF file (.glb): its stated length, and the picture inside it."""

from __future__ import annotations

import base64
import json
import struct
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smile.errors import BadFile

_HEAD = struct.Struct("<4sIIII")  # magic, version, length of the file, length and kind of the first chunk
_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg"}


def find_embedded(path: Path, content: bytes, remedy: str) -> tuple[bytes, str, str]:
    """The picture that most triangles have, its suffix, and what that leaves out; all empty where there is none.

    Raises BadFile where the file has another length than it states.
    """
    if len(content) < _HEAD.size or content[:4] != b"glTF":
        raise BadFile(path, "byte 0", "is no glb mesh: it does not begin with glTF and its lengths", remedy)
    _, _, stated, size, _ = _HEAD.unpack_from(content)
    if stated != len(content):
        raise BadFile(path, "byte 8", f"its head states {stated} bytes, and there are {len(content)}", remedy)
    try:
        tree = json.loads(content[_HEAD.size : _HEAD.size + size])
        faces = _count_faces(tree)
        if not faces:
            return b"", "", ""
        image = tree["images"][faces.most_common(1)[0][0]]
        picture = _read_image(tree, image, content[_HEAD.size + size + 8 :])
        share = 100 * max(faces.values()) / sum(faces.values())
        said = f"several pictures: the one that {share:.0f} % of the faces have is used for all"
        return picture, _SUFFIXES.get(image.get("mimeType"), ".png"), said if len(faces) > 1 else ""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadFile(path, "head", f"is no glb mesh ({type(error).__name__}: {str(error)[:80]})", remedy) from None


def _count_faces(tree: Mapping[str, Any]) -> Counter[int]:
    """Image -> numbers of the triangles that have it."""
    counts: Counter[int] = Counter()
    for part in (part for mesh in tree.get("meshes", ()) for part in mesh["primitives"]):
        material = tree["materials"][part["material"]] if "material" in part else {}
        texture = material.get("pbrMetallicRoughness", {}).get("baseColorTexture")
        if texture is not None and "source" in tree["textures"][texture["index"]]:
            accessor = part.get("indices", part["attributes"]["POSITION"])
            counts[tree["textures"][texture["index"]]["source"]] += int(tree["accessors"][accessor]["count"])
    return counts


def _read_image(tree: Mapping[str, Any], image: Mapping[str, Any], chunk: bytes) -> bytes:
    if "bufferView" not in image:
        head, _, data = str(image.get("uri", "")).partition(";base64,")
        return base64.b64decode(data) if head.startswith("data:") else b""
    view = tree["bufferViews"][image["bufferView"]]
    begin = int(view.get("byteOffset", 0))
    return chunk[begin : begin + int(view["byteLength"])]
