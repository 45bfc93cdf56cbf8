"""Pictures of many faces beside those of Embree's rays.

SMILE_MESHES says of how many; 100 take two minutes.
"""

import os

import numpy as np
import pytest

from smile.config import Rendering
from smile.data.face import Scan
from smile.rendering.pose.crop import crop, move_scan
from smile.rendering.pose.face_pose import find_poses
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.rasterize import rasterize
from tests.places import SHARED
from tests.smile.rendering.faces import random_pose, scan
from tests.smile.rendering.raster.rays import angle, overlap, trace

DATA = SHARED
ICT = DATA / "ict_facekit_scanlike_60id.npz"
COUNT = int(os.environ.get("SMILE_MESHES", "6"))
HEAD_RADIUS = 100.0  # mm


def formula_face(rng):
    """A head by formula, its step, size and smile at random."""
    return scan(
        random_pose(rng.integers(1 << 30), 20, 5), rng.uniform(0.9, 1.1), rng.uniform(0, 6), step=rng.uniform(1, 5)
    )


def ict_face(rng):
    """An identity of ICT-FaceKit with an expression."""
    if not ICT.exists():
        pytest.skip("needs ../shared/data")
    with np.load(ICT) as ict:
        identity = np.tensordot(rng.normal(size=60).clip(-2, 2), ict["id_delta"].astype(np.float32), 1)
        shapes = np.tensordot(rng.uniform(0, 1, 55) * (rng.random(55) < 0.1), ict["expr_delta"].astype(np.float32), 1)
        points = ict["neutral"] + identity + shapes - np.float32([0, -5, 60])
        return Scan(points.astype(np.float32), ict["faces"])


def real_face(rng):
    """One of two recorded scans."""
    file = DATA / "real" / rng.choice(["james.npz", "fran.npz"])
    if not file.exists():
        pytest.skip("needs ../shared/data")
    with np.load(file) as real:
        whole = Scan(real["vertices"] * np.float32(1000 if np.ptp(real["vertices"]) < 10 else 1), real["faces"])
    return move_scan(whole, find_poses([whole], None)[0])


def cropped_face(rng):
    """A part of a head, with small holes."""
    whole = formula_face(rng)
    kept = rng.random(len(whole.triangles)) < 0.97
    return crop(Scan(whole.vertices, whole.triangles[kept]), rng.uniform(50, 90))


@pytest.mark.parametrize("number", range(COUNT))
def test_a_face_is_seen_as_embree_sees_it(number):
    rng = np.random.default_rng(number)
    face = (formula_face, ict_face, cropped_face, real_face)[number % 4](rng)
    projection = ("orthographic", "perspective")[number // 4 % 2]
    rig = Rendering(view_count=2, yaws=tuple(rng.uniform(-75, 75, 2)), pitches=(rng.uniform(-30, 30),))
    seen_from = cameras(Rendering(**{**vars(rig), "projection": projection}))
    drawn = rasterize(face, seen_from, 224)
    for view, camera in enumerate(seen_from):
        seen = trace(face, camera, 224)
        both = seen.mask & drawn.mask[view]
        away = np.abs(seen.depth - drawn.layers["depth"][view, 0])[both]
        turned = angle(seen.normals, drawn.layers["normals"][view].transpose(1, 2, 0))[both]
        assert both.sum() > 1000
        assert overlap(seen.mask, drawn.mask[view]) >= 0.999
        assert np.median(away) < 1e-4 * HEAD_RADIUS and np.percentile(away, 99) < 0.1
        assert np.median(turned) < 1 and np.percentile(turned, 95) < 5
        # Shown by pytest -s: the figures of a whole campaign.
        iou = overlap(seen.mask, drawn.mask[view])
        print(f"{number} IoU {iou:.5f} depth {np.median(away):.6f} mm normal {np.median(turned):.4f} degrees")
