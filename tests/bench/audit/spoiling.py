"""What people do to a scan before it lands in another fold: mirrored, turned, decimated, roughened, in other units."""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from smile.data.face import Scan


def mirror(scan, _rng):
    """The face as a mirror shows it; triangles still look outwards."""
    return Scan(scan.vertices * np.float32([-1, 1, 1]), np.ascontiguousarray(scan.triangles[:, ::-1]))


def turn(scan, rng):
    """The head turned by up to 35 degrees about each axis, and moved by up to 30 cm."""
    rotation = Rotation.from_euler("yxz", rng.uniform(-35, 35, 3), degrees=True).as_matrix()
    moved = scan.vertices @ rotation.T + rng.uniform(-300, 300, 3)
    return Scan(moved.astype(np.float32), scan.triangles)


def decimate(scan, rng, cell=4.0, noise=0.3):
    """One vertex for every cube of `cell` mm, with noise of a standard deviation of `noise` mm along each axis."""
    _, cluster = np.unique(np.floor(scan.vertices / cell).astype(int), axis=0, return_inverse=True)
    cluster = cluster.ravel()
    counts = np.bincount(cluster)
    means = np.stack([np.bincount(cluster, scan.vertices[:, axis]) for axis in range(3)], axis=1) / counts[:, None]
    corners = cluster[scan.triangles]
    first, second, third = corners.T
    kept = corners[(first != second) & (second != third) & (first != third)]
    points = means + noise * rng.standard_normal(means.shape)
    return Scan(points.astype(np.float32), kept.astype(np.int32))


def in_metres(scan, _rng):
    """The same face, a thousandth as large, as glTF has it."""
    return replace(scan, vertices=scan.vertices / np.float32(1000), landmarks=None)


def everything(scan, rng):
    """Decimated, roughened, mirrored, turned, and in metres."""
    return in_metres(turn(mirror(decimate(scan, rng), rng), rng), rng)


#: Name -> function of a scan and a random generator that returns a copy of the scan.
SPOILT = {"mirrored": mirror, "turned": turn, "decimated": decimate, "in metres": in_metres, "all of it": everything}
