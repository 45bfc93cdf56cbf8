"""Times the way from .wrl files to three cached views per scan, beside a script of numpy, trimesh and pyrender.

Ours does more: it finds the pose of every scan, and lays the scans of a clip onto the first. The script draws what it
reads. The files are written in the face frame, so that both draw the same images.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from bench.speed.peers.plain_preparation import DrawFile, open_script
from bench.speed.row import SpeedRow
from bench.speed.scans import make_clip
from bench.speed.timing import interleave
from smile.config import Rendering
from smile.data.face import DataSet
from smile.data.formats.vrml import read_vrml
from smile.progress import Reporter
from smile.rendering.cache.cache import load_or_render
from smile.rendering.pose.crop import move_scan
from smile.rendering.pose.face_pose import find_poses
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.rasterize import rasterize
from smile.sets.readers import read_data_set
from smile.stand_ins.export.bu4dfe import export_bu4dfe

SCANS = 12
ROUNDS = 3
RENDERING = Rendering(view_count=3, image_size=128, channels=("normals", "depth"))
#: Smallest fraction of the pixels of both silhouettes that must be in both, and largest medians of the differences
#: there. pyrender keeps the depth of one of four samples per pixel, 0.4 pixels (0.5 mm) off its middle; 8-bit normals.
OVERLAP, DEPTH, NORMAL = 0.98, 0.25, 0.05


def time_prepare(reporter: Reporter) -> list[SpeedRow]:
    """Returns a row for one clip, whose scans are aligned together, and a row for as many single scans."""
    reporter("Timing preparation", 0, 1)
    with tempfile.TemporaryDirectory() as name, open_script(RENDERING) as draw:
        root = Path(name)
        clip = _write_tree(root / "BU4DFE")
        files = list(clip.clips[0].frames.scans)  # type: ignore[attr-defined]
        cases = {f"a clip of {SCANS} scans": clip, f"{SCANS} single scans": _split(clip)}
        ways: dict[str, Callable[[], object]] = {
            case: partial(_fill_cache, data_set, root / "cache") for case, data_set in cases.items()
        }
        equal = False
        if draw is not None:
            ways["script"] = partial(_run_script, draw, files, root / "script.npy")
            equal = _agree(draw, files[0])
        seconds = interleave(ways, ROUNDS, 0.0)
    reporter("Timing preparation", 1, 1)
    return [_row(case, seconds, equal) for case in cases]


def _row(case: str, seconds: dict[str, float], equal: bool) -> SpeedRow:
    peer = SCANS / seconds["script"] if "script" in seconds else None
    said = f"ours also finds poses, on {os.cpu_count()} threads; silhouettes {OVERLAP:.0%}, depth within {DEPTH} mm"
    return SpeedRow(
        stage="prepare",
        case=f"{case} of 35,000 vertices, 3 views",
        ours=SCANS / seconds[case],
        peer=peer,
        peer_name="numpy, trimesh, pyrender",
        unit="scans/s",
        equal=equal,
        note=said if peer else "pyrender draws only where EGL is: Debian's libegl1 libgl1 libgles2 libegl-mesa0",
    )


def _write_tree(root: Path) -> DataSet:
    """Writes a clip as BU-4DFE, in the face frame, and reads it as a data set."""
    clip = make_clip(SCANS)
    poses = find_poses(clip.frames, clip.landmark_scheme)
    moved = [move_scan(scan, pose) for scan, pose in zip(clip.frames, poses, strict=True)]
    export_bu4dfe([replace(clip, frames=moved)], root, "synthetic", lambda *_: None)
    return read_data_set("bu4dfe", root)


def _split(data_set: DataSet) -> DataSet:
    """Returns each scan of a clip as a clip of its own."""
    (clip,) = data_set.clips
    single = (replace(clip, id=f"{clip.id}/{n}", frames=clip.frames[n : n + 1]) for n in range(len(clip.frames)))
    return replace(data_set, name="singles", clips=tuple(single))


def _fill_cache(data_set: DataSet, cache: Path) -> None:
    shutil.rmtree(cache, ignore_errors=True)
    load_or_render(data_set, RENDERING, cache, lambda *_: None)


def _run_script(draw: DrawFile, files: Sequence[Path], out: Path) -> None:
    """Does what a script would do: reads and draws every file, and stores the result as bytes."""
    drawn = [np.concatenate(draw(file), axis=1) for file in files]
    np.save(out, np.stack([np.clip(pictures + 128, 0, 255).astype(np.uint8) for pictures in drawn]))


def _agree(draw: DrawFile, file: Path) -> bool:
    """Returns whether both draw the same silhouettes, depth and normals of a file."""
    depth, normals = draw(file)
    ours = rasterize(read_vrml(file), cameras(RENDERING), RENDERING.image_size)
    theirs, face = depth[:, 0] != 0, ours.mask
    both = theirs & face
    overlap = both.sum() / (theirs | face).sum()
    depth_error = np.median(np.abs(depth - ours.layers["depth"])[:, 0][both])
    normal_error = np.median(np.abs(normals - ours.layers["normals"]).max(axis=1)[both])
    return bool(overlap >= OVERLAP and depth_error <= DEPTH and normal_error <= NORMAL)
