"""Patterns on three planes are those that each pixel's neighbours in space and time make, pixel by pixel."""

import numpy as np
import pytest

from bench.methods.sequences.lbp_top import BINS, CELLS, count_volume

#: Neighbours of a pixel on a circle of one step, in the order of the bits: anticlockwise from the right.
CIRCLE = [(-np.sin(2 * np.pi * n / 8), np.cos(2 * np.pi * n / 8)) for n in range(8)]


def between(plane, row, column):
    """The value of a plane at a place between its pixels, by bilinear interpolation."""
    row, column = round(row, 5), round(column, 5)
    top, left = int(np.floor(row)), int(np.floor(column))
    down, along = row - top, column - left
    at = plane.astype(float)
    return (
        at[top, left] * (1 - down) * (1 - along)
        + (at[top, left + 1] * (1 - down) * along if along else 0)
        + (at[top + 1, left] * down * (1 - along) if down else 0)
        + (at[top + 1, left + 1] * down * along if down and along else 0)
    )


def name_pattern(plane, row, column):
    bits = tuple(between(plane, row + y, column + x) >= plane[row, column] for y, x in CIRCLE)
    changes = sum(bits[n] != bits[(n + 1) % 8] for n in range(8))
    return bits if changes <= 2 else "other"


def count_slowly(volume):
    """Sorted shares of the patterns in each cell of each plane: their names are free, how often they are is not."""
    frames, height, width = volume.shape
    inner = range(1, frames - 1), range(1, height - 1), range(1, width - 1)
    found = []
    for plane in ("xy", "xt", "yt"):
        codes = np.empty((frames - 2, height - 2, width - 2), dtype=object)
        for t in inner[0]:
            for y in inner[1]:
                for x in inner[2]:
                    which = {"xy": (volume[t], y, x), "xt": (volume[:, y], t, x), "yt": (volume[:, :, x], t, y)}[plane]
                    codes[t - 1, y - 1, x - 1] = name_pattern(*which)
        for rows in np.array_split(codes, CELLS, axis=1):
            for cell in np.array_split(rows, CELLS, axis=2):
                names = [str(one) for one in cell.ravel()]
                found.append(sorted((names.count(one) / len(names) for one in set(names)), reverse=True))
    return found


@pytest.mark.parametrize("frames", [3, 4])
def test_histograms_are_those_of_each_pixel_s_neighbours(frames):
    volume = np.random.default_rng(0).integers(0, 255, (frames, 10, 11), dtype=np.uint8)
    told = count_volume(volume).reshape(3 * CELLS * CELLS, BINS)
    np.testing.assert_allclose(told.sum(axis=1), 1)
    for own, expected in zip(told, count_slowly(volume), strict=True):
        np.testing.assert_allclose(sorted(own[own > 0], reverse=True), expected, atol=1e-12)


def test_what_moves_to_the_right_changes_the_plane_of_time_and_columns_alone():
    still = np.tile(np.random.default_rng(0).integers(0, 255, (1, 1, 20), dtype=np.uint8), (3, 20, 1))
    moving = np.stack([np.roll(still[0], shift, axis=1) for shift in (-1, 0, 1)])
    halves = [count_volume(volume).reshape(3, -1) for volume in (still, moving)]
    np.testing.assert_array_equal(halves[0][0], halves[1][0])
    assert np.abs(halves[0][1] - halves[1][1]).sum() > 1
