"""Fills the z-buffer: which triangle each pixel of a view shows.

A scan at the size of an image has triangles of about one pixel, so most work is to set them up, not to fill them.
Corners are stored in blocks of triangles, so that one loop without branches sets up a whole block in vector
registers. Positions and edge functions are whole numbers in units of 1/256 pixel. In float32 they are exact for
triangles of up to 8 pixels; larger triangles are filled in 64-bit integers.

A pixel of the buffer is one number with the depth in its upper and the triangle in its lower half. The nearest
triangle has the largest number. Among triangles at the same depth the first one wins, in any order of drawing.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Number of triangles that are set up together.
BLOCK = 256

#: Vertices more pixels away than this are refused, because their positions would lose the fractions of a pixel.
DEEPEST = 1 << 20

#: Value of a pixel before anything is drawn.
EMPTY = np.iinfo(np.int64).min

_F, _I = np.float32, np.int32
# Rows of a block. First the corners' coordinates; edge functions at the first pixel's centre replace them. Then the
# growth of edge functions downwards and to the left, depth at this centre and its growth, the box of pixels (left,
# top, width, height), and how to fill it.
_ROWS = 17
_NOTHING, _ONE_PIXEL, _BOX, _LARGE = _F(0), _F(1), _F(2), _F(3)


@njit(cache=True, nogil=True)
def block_corners(vertices, triangles):  # type: ignore[no-untyped-def]
    """Returns corner coordinates [blocks, 9, BLOCK] of triangles [T, 3], the last block padded with zeros; and a box.

    The box [2, 3] holds the smallest and the largest coordinates of all corners.
    """
    corners = np.zeros(((len(triangles) + BLOCK - 1) // BLOCK, 9, BLOCK), dtype=np.float32)
    low_x = low_y = low_z = _F(np.inf)
    high_x = high_y = high_z = _F(-np.inf)
    for t in range(len(triangles)):
        for corner in range(3):
            i, block, row, lane = np.uint32(triangles[t, corner]), t // BLOCK, 3 * corner, t % BLOCK
            x, y, z = vertices[i, 0], vertices[i, 1], vertices[i, 2]
            corners[block, row, lane], corners[block, row + 1, lane], corners[block, row + 2, lane] = x, y, z
            low_x, low_y, low_z = min(low_x, x), min(low_y, y), min(low_z, z)
            high_x, high_y, high_z = max(high_x, x), max(high_y, y), max(high_z, z)
    box = np.array([[low_x, low_y, low_z], [high_x, high_y, high_z]], dtype=np.float32)
    return corners, box if len(triangles) else np.zeros_like(box)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_keys(corners, count, camera, size, cull_back_faces, keys):  # type: ignore[no-untyped-def]
    """Draws the `count` triangles of blocks [blocks, 9, BLOCK] into keys [size * size], seen by a camera [4, 4]."""
    block, list_ = np.empty((_ROWS, BLOCK), dtype=np.float32), np.empty(BLOCK + 1, dtype=np.uint32)
    for number in range(len(corners)):
        # Copied by loops, because a slice would be copied item by item, which is slower.
        for row in range(9):
            for lane in range(BLOCK):
                block[row, lane] = corners[number, row, lane]
        _set_up(block, camera, _F(size), cull_back_faces)
        first = number * BLOCK
        lanes = min(BLOCK, count - first)
        _fill_pixels(block, _choose(block, lanes, _ONE_PIXEL, list_), list_, first, size, keys)
        _fill_boxes(block, _choose(block, lanes, _BOX, list_), list_, first, size, keys)
        for position in range(_choose(block, lanes, _LARGE, list_)):
            _fill_large(corners[number, :, list_[position]], first + list_[position], camera, size, keys)


@njit(cache=True, nogil=True, error_model="numpy")
def project(camera, size, x, y, z):  # type: ignore[no-untyped-def]
    """Projects a point by a camera [4, 4] float32: position in 1/256 pixel, rounded (y downwards), depth, divisor."""
    half = _F(128) * size
    w = camera[3, 0] * x + camera[3, 1] * y + camera[3, 2] * z + camera[3, 3]
    scale = _F(1) / w
    right = half + half * scale * (camera[0, 0] * x + camera[0, 1] * y + camera[0, 2] * z + camera[0, 3])
    down = half - half * scale * (camera[1, 0] * x + camera[1, 1] * y + camera[1, 2] * z + camera[1, 3])
    depth = scale * (camera[2, 0] * x + camera[2, 1] * y + camera[2, 2] * z + camera[2, 3])
    return np.rint(right), np.rint(down), depth, w


@njit(cache=True, nogil=True, inline="always")
def _set_up(block, camera, size, cull_back_faces):  # type: ignore[no-untyped-def]
    """Turns a block's corners into the values that fill its triangles."""
    for q in range(BLOCK):
        ax, ay, az, _ = project(camera, size, block[0, q], block[1, q], block[2, q])
        bx, by, bz, _ = project(camera, size, block[3, q], block[4, q], block[5, q])
        cx, cy, cz, _ = project(camera, size, block[6, q], block[7, q], block[8, q])
        left, width, wide = _span(ax, bx, cx, size)
        top, height, high = _span(ay, by, cy, size)
        px, py = left * _F(256) + _F(128), top * _F(256) + _F(128)
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        # Positions run downwards, so the front (counter-clockwise) has a negative area. `turn` treats both sides alike.
        turn = _F(1) if area > _F(0) else _F(-1)
        ua, va = turn * (cx - bx), turn * (cy - by)
        ub, vb = turn * (ax - cx), turn * (ay - cy)
        uc, vc = turn * (bx - ax), turn * (by - ay)
        ea, eb, ec = _edge(ua, va, bx - px, by - py), _edge(ub, vb, cx - px, cy - py), _edge(uc, vc, ax - px, ay - py)
        share = _F(1) / (turn * area)
        slope_b, slope_c = (bz - az) * share, (cz - az) * share
        block[9, q] = az + eb * slope_b + ec * slope_c
        block[10, q] = _F(-256) * (vb * slope_b + vc * slope_c)
        block[11, q] = _F(256) * (ub * slope_b + uc * slope_c)
        ea, eb, ec = ea - _tie(ua, va), eb - _tie(ub, vb), ec - _tie(uc, vc)
        block[0, q], block[1, q], block[2, q] = ea, eb, ec
        block[3, q], block[4, q], block[5, q] = ua * _F(256), ub * _F(256), uc * _F(256)
        block[6, q], block[7, q], block[8, q] = va * _F(256), vb * _F(256), vc * _F(256)
        block[12, q], block[13, q], block[14, q], block[15, q] = left, top, width, height
        seen = (width > _F(0)) & (height > _F(0)) & (area < _F(0) if cull_back_faces else area != _F(0))
        one = (_ONE_PIXEL if min(ea, eb, ec) >= _F(0) else _NOTHING) if max(width, height) <= _F(1) else _BOX
        block[16, q] = (_LARGE if max(wide, high) > _F(2048) else one) if seen else _NOTHING


@njit(cache=True, nogil=True)
def _span(a, b, c, size):  # type: ignore[no-untyped-def]
    """Returns the first pixel with its centre between three positions, the number of these pixels, and the distance."""
    low, high = min(a, b, c), max(a, b, c)
    # A centre at the smallest position counts, one at the largest does not: the tie rule for left and top.
    first = min(max(np.floor(low * _F(1 / 256) + _F(127 / 256)), _F(0)), size)
    end = min(max(np.floor(high * _F(1 / 256) + _F(127 / 256)), _F(0)), size)
    return first, end - first, high - low


@njit(cache=True, nogil=True)
def _edge(u, v, x, y):  # type: ignore[no-untyped-def]
    """Returns the edge function at the origin of an edge with direction (u, v) through (x, y): positive inside."""
    return v * x - u * y


@njit(cache=True, nogil=True)
def _tie(u, v):  # type: ignore[no-untyped-def]
    """Returns 0 for a left (v < 0) or top (v = 0, u > 0) edge, which owns the points on it; 1 for other edges."""
    # One comparison is enough, because |u| < 4096 wherever the answer matters.
    return _F(0) if v * _F(4096) < u else _F(1)


@njit(cache=True, nogil=True)
def _choose(block, lanes, what, list_):  # type: ignore[no-untyped-def]
    """Lists the lanes of a block that are to be filled in the way `what`; returns their number."""
    found = np.uint32(0)
    for q in range(lanes):
        list_[found] = q
        found += np.uint32(block[16, q] == what)
    return found


@njit(cache=True, nogil=True)
def make_key(depth, triangle):  # type: ignore[no-untyped-def]
    """Returns a number that grows with the depth (float32) and, at equal depth, falls with the triangle's number."""
    bits = _F(depth).view(np.int32)
    # The bits of negative floats grow where the value falls. So all bits but the sign are inverted.
    bits ^= (bits >> _I(31)) & _I(0x7FFFFFFF)
    return (np.int64(bits) << 32) | np.int64(0x7FFFFFFF - triangle)


@njit(cache=True, nogil=True)
def _fill_pixels(block, count, list_, first, size, keys):  # type: ignore[no-untyped-def]
    """Draws the listed triangles that cover one pixel."""
    for position in range(count):
        q = list_[position]
        at = np.uint64(block[13, q]) * np.uint64(size) + np.uint64(block[12, q])
        keys[at] = max(keys[at], make_key(block[9, q], first + q))


@njit(cache=True, nogil=True)
def _fill_boxes(block, count, list_, first, size, keys):  # type: ignore[no-untyped-def]
    """Draws the listed triangles of up to 8 pixels, row by row of their boxes."""
    for position in range(count):
        q = list_[position]
        ea, eb, ec, depth = block[0, q], block[1, q], block[2, q], block[9, q]
        left, width = np.int64(block[12, q]), np.int64(block[14, q])
        start = np.int64(block[13, q]) * size + left
        # Read once, because the compiler cannot know that writing to keys leaves the block unchanged.
        left_a, left_b, left_c, left_depth = block[6, q], block[7, q], block[8, q], block[10, q]
        down_a, down_b, down_c, down_depth = block[3, q], block[4, q], block[5, q], block[11, q]
        for _ in range(np.int64(block[15, q])):
            row = keys[np.uint64(start) : np.uint64(start + width)]
            for column in range(width):
                x = _F(column)
                inside = min(ea - x * left_a, eb - x * left_b, ec - x * left_c) >= _F(0)
                key = make_key(depth + x * left_depth, first + q)
                row[column] = key if inside & (key > row[column]) else row[column]
            ea, eb, ec, depth = ea + down_a, eb + down_b, ec + down_c, depth + down_depth
            start += size


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_large(corners, triangle, camera, size, keys):  # type: ignore[no-untyped-def]
    """Draws one triangle of any size in 64-bit integers."""
    ax, ay, az, _ = project(camera, _F(size), corners[0], corners[1], corners[2])
    bx, by, bz, _ = project(camera, _F(size), corners[3], corners[4], corners[5])
    cx, cy, cz, _ = project(camera, _F(size), corners[6], corners[7], corners[8])
    left, width, _ = _span(ax, bx, cx, _F(size))
    top, height, _ = _span(ay, by, cy, _F(size))
    ax, ay, bx, by, cx, cy = np.int64(ax), np.int64(ay), np.int64(bx), np.int64(by), np.int64(cx), np.int64(cy)
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if area < 0:
        bx, by, bz, cx, cy, cz, area = cx, cy, cz, bx, by, bz, -area
    tie_a, tie_b, tie_c = _tie_large(cx - bx, cy - by), _tie_large(ax - cx, ay - cy), _tie_large(bx - ax, by - ay)
    for row in range(np.int64(top), np.int64(top + height)):
        for column in range(np.int64(left), np.int64(left + width)):
            px, py = column * 256 + 128, row * 256 + 128
            a = _edge(cx - bx, cy - by, bx - px, by - py)
            b = _edge(ax - cx, ay - cy, cx - px, cy - py)
            if a >= tie_a and b >= tie_b and area - a - b >= tie_c:
                depth = (a * np.float64(az) + b * np.float64(bz) + (area - a - b) * np.float64(cz)) / area
                keys[row * size + column] = max(keys[row * size + column], make_key(depth, triangle))


@njit(cache=True, nogil=True)
def _tie_large(u, v):  # type: ignore[no-untyped-def]
    """Returns the same as _tie, for edges of any length."""
    return 0 if v < 0 or (v == 0 and u > 0) else 1
