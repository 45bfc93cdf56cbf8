"""Small heads by formula for the tests of this folder: meshes, landmarks, clips, and data sets of them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from smile.data.face import Clip, DataSet, Scan
from smile.errors import BadFile
from smile.rendering.cache.cache import Cache
from smile.rendering.pose.generic_face import height


def relief(x, y, size=1.0, expression=0.0):
    """Height of a head of this size at (x, y) whose mouth region bulges by `expression` mm."""
    bulge = sum(np.exp(-(((x - side * 24) / 14) ** 2) - ((y + 28) / 14) ** 2) for side in (-1, 1))
    return size * height(x / size, y / size) + expression * bulge


def mesh(size=1.0, expression=0.0, step=3.0):
    """Vertices [V, 3] float32 and triangles [T, 3] int32 of a head in the face frame."""
    axis = np.arange(-81, 82, step)
    x, y = np.meshgrid(axis, axis[::-1])
    with np.errstate(invalid="ignore"):
        z = relief(x, y, size, expression)
    rows, columns = x.shape
    a = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    triangles = np.concatenate(
        [np.stack([a, a + columns, a + 1], 1), np.stack([a + 1, a + columns, a + columns + 1], 1)]
    )
    whole = np.isfinite(z.ravel()[triangles]).all(axis=1)
    used, triangles = np.unique(triangles[whole], return_inverse=True)
    points = np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1)[used]
    return points.astype(np.float32), triangles.reshape(-1, 3).astype(np.int32)


def landmarks(size=1.0, expression=0.0):
    """The 83 landmarks [83, 3] of such a head, in the order of the scheme "bu83"."""
    round_ = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    eye = np.stack([31.5 + 13.1 * np.cos(round_), 38.4 + 5 * np.sin(round_)], 1)
    brow = np.stack([np.linspace(47, 12, 10), np.full(10, 56.0)], 1)
    nose = np.stack([np.zeros(12), np.linspace(40, -8, 12)], 1)
    lips = [
        np.stack([w * np.cos(t), -29 + h * np.sin(t)], 1)
        for w, h, t in ((25, 8, np.linspace(0, 6, 12)), (20, 3, np.linspace(0, 6, 8)))
    ]
    outline = np.stack([60 * np.cos(np.linspace(0, np.pi, 15)), -60 * np.sin(np.linspace(0, np.pi, 15))], 1)
    flat = np.concatenate([eye, eye * (-1, 1), brow, brow * (-1, 1), nose, *lips, outline]) * size
    return np.column_stack([flat, relief(flat[:, 0], flat[:, 1], size, expression)]).astype(np.float32)


def scan(pose=None, size=1.0, expression=0.0, marked=True, step=3.0):
    """A scan of a head moved by `pose`, a pair of (Rotation, shift)."""
    points, triangles = mesh(size, expression, step)
    marks = landmarks(size, expression)
    if pose is not None:
        points, marks = ((pose[0].apply(part) + pose[1]).astype(np.float32) for part in (points, marks))
    return Scan(points, triangles, marks if marked else None)


def random_pose(seed, degrees=15.0, far=100.0):
    rng = np.random.default_rng(seed)
    turn = Rotation.from_euler("yxz", rng.uniform(-degrees, degrees, 3), degrees=True)
    return turn, rng.uniform(-far, far, 3)


@dataclass(frozen=True)
class Frames(Sequence):
    """Frames of a head that smiles and drifts; numbers in `bad` raise, and each frame takes `delay` seconds."""

    seed: int
    count: int = 6
    bad: tuple[int, ...] = ()
    delay: float = 0.0
    marked: bool = True

    def __len__(self):
        return self.count

    def __getitem__(self, number):
        time.sleep(self.delay)
        if number in self.bad:
            raise BadFile(f"{number:03d}.wrl", "point", "truncated", "copy it again")
        turn, shift = random_pose(self.seed, 5)
        drift = Rotation.from_euler("y", number, degrees=True) * turn
        smile = 4.0 * np.sin(np.pi * number / self.count)
        return scan((drift, shift), 1 + 0.01 * (self.seed % 5), smile, self.marked, step=4.5)


def clip(seed, **how):
    return Clip(
        id=f"S{seed // 2:02d}/{seed % 2}",
        subject=f"S{seed // 2:02d}",
        labels=(("happiness", "sadness")[seed % 2],),
        frames=Frames(seed, **how),
        content_key=f"{seed}-{how.get('count')}-{how.get('bad')}",
        landmark_scheme="bu83" if how.get("marked", True) else None,
    )


def data_set(clips):
    return DataSet(name="heads", title="Heads", clips=tuple(clips), stand_in="formula")


def cache_key(heads, rendering):
    """The name of the folder in which a cache keeps these views."""
    return Cache.of(heads, rendering, Path()).place.name
