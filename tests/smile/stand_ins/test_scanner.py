"""The scanner leaves a face where it is, adds the noise that it states, and breaks every correspondence."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from matplotlib.tri import LinearTriInterpolator, Triangulation
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from smile.stand_ins.scanner import MeshConnectivity, Scanner, jitter_landmarks, scan

RADIUS = 80.0
STILL = Scanner(noise=(0, 0), slide=0, flips=0, crop=(-9, -9), grazing=(-2, -2), hair_holes=0)
NO_BROWS = (np.zeros((1, 3), np.float32), np.zeros((1, 3), np.float32))
EYE = np.eye(3, dtype=np.float32)


def dome(step: float) -> tuple[NDArray[np.float32], MeshConnectivity]:
    """A cap of a sphere of 80 mm that looks at the scanner."""
    grid = np.arange(-50, 50 + step, step)
    x, y = (a.ravel() for a in np.meshgrid(grid, grid))
    n = len(grid)
    cell = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    triangles = np.concatenate(
        [np.stack([cell, cell + 1, cell + n], 1), np.stack([cell + 1, cell + n + 1, cell + n], 1)]
    ).astype(np.int32)
    vertices = np.stack([x, y, np.sqrt(RADIUS**2 - x**2 - y**2)], axis=1).astype(np.float32)
    return vertices, MeshConnectivity.of(triangles, len(vertices))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_scanner_without_faults_only_renumbers() -> None:
    vertices, surface = dome(4.0)
    points, triangles = scan(STILL, surface, vertices, NO_BROWS, EYE, rng())
    assert not np.array_equal(points, vertices)
    assert {p.tobytes() for p in points} == {v.tobytes() for v in vertices}
    corners = {frozenset(c.tobytes() for c in points[t]) for t in triangles}
    assert corners == {frozenset(c.tobytes() for c in vertices[t]) for t in surface.triangles}
    normals = np.cross(
        points[triangles[:, 1]] - points[triangles[:, 0]], points[triangles[:, 2]] - points[triangles[:, 0]]
    )
    assert (normals[:, 2] > 0).all()


def test_same_generator_same_bytes() -> None:
    vertices, surface = dome(4.0)
    first, again = (scan(Scanner(), surface, vertices, NO_BROWS, EYE, rng(7)) for _ in range(2))
    assert first[0].tobytes() == again[0].tobytes()
    assert first[1].tobytes() == again[1].tobytes()


def test_resampling_stays_on_the_surface_and_keeps_it_a_surface() -> None:
    vertices, surface = dome(4.0)
    points, triangles = scan(replace(STILL, slide=0.4, flips=0.5), surface, vertices, NO_BROWS, EYE, rng())
    model = trimesh.Trimesh(vertices, surface.triangles, process=False)
    height = LinearTriInterpolator(Triangulation(*vertices[:, :2].T, surface.triangles), vertices[:, 2])
    assert np.abs(height(*points[:, :2].T) - points[:, 2]).max() < 1e-3
    mesh = trimesh.Trimesh(points, triangles, process=False)
    assert len(triangles) == len(surface.triangles)
    assert mesh.is_winding_consistent
    assert (mesh.face_normals * mesh.triangles_center).sum(axis=1).min() > 0
    assert mesh.area == pytest.approx(model.area, rel=0.01)
    assert mesh.euler_number == model.euler_number


def test_no_vertex_and_no_edge_means_the_same_in_two_frames() -> None:
    vertices, surface = dome(4.0)
    moved = replace(STILL, slide=0.4, flips=0.3)
    first, second = (scan(moved, surface, vertices, NO_BROWS, EYE, rng(seed)) for seed in (1, 2))
    inner = np.abs(first[0][:, :2]).max(axis=1) < 45
    distance, _ = cKDTree(second[0]).query(first[0][inner])
    assert np.median(distance) > 0.3
    assert np.linalg.norm(first[0] - second[0], axis=1).mean() > 20  # the numbering is unrelated
    # Back in the model's numbering (nearest vertex), many triangles join other vertices.
    model = cKDTree(vertices)
    joined = [{frozenset(t) for t in model.query(points)[1][triangles]} for points, triangles in (first, second)]
    assert len(joined[0] & joined[1]) < 0.8 * len(joined[0])


@pytest.mark.parametrize(("amplitude", "correlation"), [(0.1, 2.0), (0.3, 4.0)])
def test_noise_has_the_stated_amplitude_and_correlation(amplitude: float, correlation: float) -> None:
    vertices, surface = dome(1.0)
    noisy = replace(STILL, noise=(amplitude, amplitude), correlation=(correlation, correlation))
    points, _ = scan(noisy, surface, vertices, NO_BROWS, EYE, rng())
    noise = np.linalg.norm(points.astype(np.float64), axis=1) - RADIUS
    assert noise.std() == pytest.approx(amplitude, rel=0.1)
    tree = cKDTree(points)
    near = np.array(sorted(tree.query_pairs(correlation + 0.2)))
    length = np.linalg.norm(points[near[:, 0]] - points[near[:, 1]], axis=1)
    at = near[length > correlation - 0.2]
    assert np.corrcoef(noise[at[:, 0]], noise[at[:, 1]])[0, 1] == pytest.approx(np.exp(-1), abs=0.1)
    # Sideways nothing moves: the noise is along the normal.
    directions = points / np.linalg.norm(points, axis=1, keepdims=True)
    distance, _ = cKDTree(vertices / RADIUS).query(directions)
    assert (distance * RADIUS).max() < 0.05


def test_the_crop_takes_the_rear_and_differs_from_frame_to_frame() -> None:
    vertices, surface = dome(2.0)
    cropped = replace(STILL, crop=(4.0, 10.0))
    lowest = []
    for seed in range(5):
        points, _ = scan(cropped, surface, vertices, NO_BROWS, EYE, rng(seed))
        lowest.append(points[:, 2].min() - vertices[:, 2].min())
        assert {p.tobytes() for p in vertices[vertices[:, 2] > vertices[:, 2].min() + 16]} <= {
            p.tobytes() for p in points
        }
    assert min(lowest) > 0
    assert np.ptp(lowest) > 0.5


def test_what_faces_away_from_both_heads_is_missed_and_turning_the_face_changes_it() -> None:
    vertices, surface = dome(2.0)
    grazing = replace(STILL, grazing=(0.6, 0.6))

    def visible_height(pitch: float) -> float:
        turn = np.radians(pitch)
        rotation = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]], np.float32)
        points, _ = scan(grazing, surface, vertices, NO_BROWS, rotation, rng())
        return float(points[:, 1].mean())

    assert visible_height(0) == pytest.approx(0, abs=0.5)
    # A head that is thrown back (a positive turn about x lowers the gaze) hides one end and shows the other.
    assert visible_height(25) > 3
    assert visible_height(-25) < -3


def test_hair_makes_a_small_hole_in_each_brow() -> None:
    vertices, surface = dome(1.0)
    brows = (np.array([[20, 10, 76.0]], np.float32), np.array([[-20, 10, 76.0]], np.float32))
    points, _ = scan(replace(STILL, hair_holes=1.0, hair_hole=(3, 3)), surface, vertices, brows, EYE, rng())
    missing = {v.tobytes() for v in vertices} - {p.tobytes() for p in points}
    places = np.array([np.frombuffer(m, np.float32) for m in missing])
    assert 20 < len(places) < 120
    gap = np.minimum(*(np.linalg.norm(places - brow, axis=1) for brow in brows))
    assert gap.max() < 3.5
    assert (places[:, 0] > 0).any() and (places[:, 0] < 0).any()


def test_landmark_errors_have_the_stated_size_and_drift_slowly() -> None:
    slow = jitter_landmarks(Scanner(landmark_noise=0), 100, 400, 4.0, rng())
    white = jitter_landmarks(Scanner(landmark_drift=0), 100, 400, 4.0, rng())
    for error, stated in ((slow, 1.0), (white, 0.3)):
        assert error.shape == (100, 400, 3)
        assert np.sqrt((error**2).sum(axis=2).mean()) == pytest.approx(stated, rel=0.05)
    assert np.linalg.norm(np.diff(slow, axis=0), axis=2).mean() < 0.1
    assert np.linalg.norm(np.diff(white, axis=0), axis=2).mean() > 0.3


def test_a_rim_does_not_slide_and_lone_vertices_do_no_harm() -> None:
    vertices, surface = dome(10.0)
    lonely = np.concatenate([vertices, [[500, 500, 500]]]).astype(np.float32)
    points, triangles = scan(
        replace(STILL, slide=0.4), MeshConnectivity.of(surface.triangles, len(lonely)), lonely, NO_BROWS, EYE, rng()
    )
    assert len(points) == len(vertices)
    assert triangles.max() == len(points) - 1
    rim = vertices[np.abs(vertices[:, :2]).max(axis=1) > 49]
    assert {v.tobytes() for v in rim} <= {p.tobytes() for p in points}
