"""An independent picture of a scan for the tests: Embree's rays through the pixel centres, the rest in numpy."""

from dataclasses import dataclass

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector
from trimesh.triangles import points_to_barycentric


@dataclass(frozen=True)
class Seen:
    """[H, W] each: depth in mm and whether there is surface; normals [H, W, 3] along the camera's axes."""

    depth: np.ndarray
    normals: np.ndarray
    mask: np.ndarray


def trace(scan, camera, size):
    """One view by a camera [4, 4] of cameras.py, orthographic or in perspective."""
    mesh = trimesh.Trimesh(scan.vertices, scan.triangles, process=False)
    origins, directions = shoot(camera, size)
    places, rays, faces = RayMeshIntersector(mesh).intersects_location(origins, directions, multiple_hits=False)
    depth, normals = np.full(size * size, np.nan), np.zeros((size * size, 3))
    depth[rays] = places @ camera[2, :3] + camera[2, 3]
    towards = np.sign(-(mesh.face_normals[faces] * directions[rays]).sum(axis=1, keepdims=True))
    weights = points_to_barycentric(mesh.triangles[faces], places)
    smooth = (vertex_normals(scan)[scan.triangles[faces]] * weights[:, :, None]).sum(axis=1) * towards
    axes = camera[:3, :3] / np.linalg.norm(camera[:3, :3], axis=1, keepdims=True)
    normals[rays] = smooth / np.linalg.norm(smooth, axis=1, keepdims=True) @ axes.T
    square = (size, size)
    return Seen(depth.reshape(square), normals.reshape(*square, 3), np.isfinite(depth).reshape(square))


def shoot(camera, size):
    """Origins and directions [size * size, 3] of the rays through the pixel centres, row by row from the top."""
    centres = (np.arange(size) + 0.5) * (2 / size) - 1
    x, y = (axis.ravel() for axis in np.meshgrid(centres, -centres))
    inverse, zero, one = np.linalg.inv(camera), np.zeros(size * size), np.ones(size * size)
    plane = (np.stack([x, y, zero, one], axis=1) @ inverse.T)[:, :3]
    towards = camera[2, :3]
    if not camera[3, :3].any():
        return plane + 400 * towards, np.broadcast_to(-towards, plane.shape)
    eye = towards / np.linalg.norm(camera[3, :3])
    away = plane - eye
    return np.broadcast_to(eye, plane.shape), away / np.linalg.norm(away, axis=1, keepdims=True)


def vertex_normals(scan):
    """[V, 3], the mean of the triangles' normals weighted by area."""
    a, b, c = (scan.vertices[scan.triangles[:, corner]].astype(np.float64) for corner in range(3))
    area = np.cross(b - a, c - a)
    total = np.zeros((len(scan.vertices), 3))
    for corner in range(3):
        np.add.at(total, scan.triangles[:, corner], area)
    return total


def overlap(one, other):
    """Intersection of two masks over their union."""
    return (one & other).sum() / max((one | other).sum(), 1)


def angle(one, other):
    """Degrees between unit vectors [..., 3]."""
    # Exact for small angles too, unlike the arc cosine.
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(one - other, axis=-1) / 2, 0, 1)))
