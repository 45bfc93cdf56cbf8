"""Flow is the motion that a picture was given, strain its derivative, and STSTNet the net of its paper."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch.nn.functional import conv2d

from bench.methods.sequences import flow
from bench.methods.sequences.flow import PER_PIXEL, SIZE, measure_strain, paint_flow, show_flow
from bench.methods.sequences.flow_streams import FlowStreams
from smile.rendering.motion.channels import name_planes


def texture(size=64):
    blurred = gaussian_filter(np.random.default_rng(0).normal(size=(size + 8, size + 8)), 2)
    return ((blurred - blurred.min()) / (blurred.max() - blurred.min()) * 255).astype(np.uint8)


@pytest.mark.parametrize(("right", "down"), [(2, 0), (0, -1), (-1, 2)])
def test_flow_says_where_a_picture_moved(right, down):
    whole = texture()
    onset, apex = whole[4:-4, 4:-4], whole[4 - down : 68 - down, 4 - right : 68 - right]
    painted = (paint_flow(onset, apex).astype(float) - 128) / PER_PIXEL
    middle = painted[:2, 6:-6, 6:-6].mean(axis=(1, 2))
    np.testing.assert_allclose(middle, [right, down], atol=0.15)


def test_nothing_that_moves_is_grey_and_unstrained():
    picture = texture()[:64, :64]
    painted = paint_flow(picture, picture)
    assert painted.shape == (3, SIZE, SIZE)
    assert (painted[:2] == 128).all() and not painted[2].any()


def test_strain_is_that_of_known_flows():
    y, x = np.mgrid[:9, :9].astype(float)
    stretched = measure_strain(0.2 * x, 0.1 * y)
    np.testing.assert_allclose(stretched, np.hypot(0.2, 0.1), rtol=1e-9)
    sheared = measure_strain(0.2 * y, np.zeros_like(y))
    np.testing.assert_allclose(sheared, np.sqrt(2) * 0.1, rtol=1e-9)
    np.testing.assert_allclose(measure_strain(-0.3 * y, 0.3 * x), 0, atol=1e-12)  # a turn strains nothing


def test_flow_goes_from_the_first_key_frame_to_the_last_on_depth(make_views):
    whole, views = texture(), make_views(subjects=1, size=64)
    onset, apex = whole[4:-4, 4:-4], whole[4:-4, 2:-6]
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    planes = name_planes(["key_normals", "key_depth"], 3)
    picture = np.stack([noise] * 9 + [onset, noise, apex])
    images = np.broadcast_to(picture, (6, 2, 12, 64, 64))
    shown = show_flow(dataclasses.replace(views, images=images, planes=planes))
    np.testing.assert_array_equal(shown.images[3, 1], paint_flow(onset, apex))


def test_three_streams_are_the_paper_s_written_out():
    torch.manual_seed(0)
    net = FlowStreams().double()
    pixels = torch.randn(1, 1, 3, SIZE, SIZE, dtype=torch.float64, requires_grad=True)
    told = net.describe(pixels)
    joined = []
    for stream, kernels in zip(net.streams, (3, 5, 8), strict=True):
        shown = conv2d(pixels[0], stream[0].weight, stream[0].bias, padding=2).clamp(min=0)[0]
        assert shown.shape == (kernels, 30, 30)
        shown = (shown - shown.mean()) / torch.sqrt(shown.var(correction=0) + 1e-5)
        padded = torch.full((kernels, 32, 32), -torch.inf, dtype=torch.float64)
        padded[:, 1:31, 1:31] = shown
        pooled = [
            [padded[:, 3 * i : 3 * i + 3, 3 * j : 3 * j + 3].amax(dim=(1, 2)) for j in range(10)] for i in range(10)
        ]
        joined.append(torch.stack([torch.stack(row, dim=1) for row in pooled], dim=1))
    joined = torch.cat(joined)
    means = [[joined[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean(dim=(1, 2)) for j in range(5)] for i in range(5)]
    expected = torch.stack([torch.stack(row, dim=1) for row in means], dim=1).flatten()
    torch.testing.assert_close(told[0], expected, rtol=1e-5, atol=1e-7)
    slopes = [torch.autograd.grad(value.square().sum(), pixels, retain_graph=True)[0] for value in (told, expected)]
    torch.testing.assert_close(*slopes, rtol=1e-5, atol=1e-7)


def test_flow_that_was_measured_is_not_measured_again_and_is_the_same(make_views, monkeypatch):
    views = dataclasses.replace(make_views(subjects=2, size=16), planes=name_planes(["key_depth"], 2))
    views = dataclasses.replace(views, images=np.concatenate([views.images, views.images[::-1]], axis=2))
    measured, real = [], flow.paint_flow
    monkeypatch.setattr(flow, "_KNOWN", {})
    monkeypatch.setattr(flow, "paint_flow", lambda *pair: measured.append(1) or real(*pair))
    first = flow.show_flow(views).images
    assert len(measured) == 12 * 2
    np.testing.assert_array_equal(flow.show_flow(views.rows(np.arange(12) > 5)).images, first[6:])
    assert len(measured) == 12 * 2
    np.testing.assert_array_equal(first[3, 1], real(*views.images[3, 1]))
    monkeypatch.setattr(flow, "MOST_KNOWN", 1)
    monkeypatch.setattr(flow, "_KNOWN", {})
    np.testing.assert_array_equal(flow.show_flow(views).images, first)
    assert len(flow._KNOWN) == 1
