"""Points are where the cameras saw them, and nets of points are their papers' equations, point by point."""

import dataclasses

import numpy as np
import pytest
import torch

from bench.methods import METHODS
from bench.methods.method import Unsuitable, fit_blind
from bench.methods.supervised.classes import _Judge, _judge, number_classes
from bench.methods.supervised.dgcnn import DGCNN, NEIGHBOURS, SLOPE, EdgeLayer, find_neighbours
from bench.methods.supervised.pointnet import PointNet
from bench.methods.supervised.points import COUNT, Lifting, find_surface, lift_heights
from smile.config import Config, Rendering, override
from smile.rendering.raster.cameras import HALF_EXTENT, cameras
from smile.training.batches import Batches
from tests.bench.methods.workers import compare_workers

DEPTH = ("depth",)
DRAW = torch.Generator().manual_seed(0)


@pytest.mark.parametrize("projection", ["orthographic", "perspective"])
def test_a_point_is_lifted_from_where_each_camera_sees_it(projection):
    rendering = Rendering(projection=projection, view_count=3)
    points = np.random.default_rng(0).uniform(-60, 60, size=(5, 3))
    for number, camera in enumerate(cameras(rendering)):
        seen = camera @ np.c_[points, np.ones(5)].T
        right, up, height = seen[:3] / seen[3]
        places, inverse = np.stack([right, up], axis=1)[None], np.tile(np.linalg.inv(camera), (1, 5, 1, 1))
        lifted = lift_heights(*map(torch.tensor, (height[None], places, inverse)))
        np.testing.assert_allclose(lifted[0].numpy(), points, atol=1e-9, err_msg=str(number))


def test_points_are_pixels_of_the_face_alone_and_carry_what_the_other_planes_show():
    lifting = Lifting(("normals", "depth"), Rendering(), (1, 2, 16, 16))
    pixels = torch.full((1, 1, 2, 16, 16), -1.0)
    pixels[:, :, 0] = 0  # the background of normals is 128, which is zero
    pixels[0, 0, 1, 3, 4], pixels[0, 0, 0, 3, 4] = 0.25, 0.75
    pixels[0, 0, 1, 9, 2], pixels[0, 0, 0, 9, 2] = -0.5, 0.5
    found = {tuple(round(float(value), 4) for value in point) for point in lifting(pixels)[0]}
    millimetres = 128 / (255 / 160) / HALF_EXTENT
    expected = {(-7 / 16, 9 / 16, 0.25 * millimetres, 0.75), (-11 / 16, -3 / 16, -0.5 * millimetres, 0.5)}
    assert found == {tuple(round(value, 4) for value in point) for point in expected}
    assert lifting(pixels).shape == (1, COUNT, 4)


def test_a_clip_that_shows_no_face_gives_points_all_the_same():
    lifting = Lifting(DEPTH, Rendering(), (2, 1, 16, 16))
    assert lifting(torch.full((1, 2, 1, 16, 16), -1.0)).isfinite().all()


def test_depth_is_the_first_choice_and_of_key_frames_the_apex():
    assert find_surface(("movement_normals", "movement_depth", "depth")) == 2
    assert find_surface(("key_depth 1/3", "key_depth 2/3", "key_depth 3/3")) == 2
    with pytest.raises(Unsuitable, match="needs one of the channels depth"):
        find_surface(("normals", "colour"))


def dense(layer, values):
    """A linear layer, a layer normalisation and a rectifier, number by number."""
    linear, norm = layer
    return normalise(norm, linear.weight @ torch.stack(list(values)) + linear.bias)


def normalise(norm, out):
    middle = out.sum() / len(out)
    return (out - middle) / torch.sqrt(((out - middle) ** 2).sum() / len(out) + 1e-5) * norm.weight + norm.bias


def say(sequential, values):
    layers = list(sequential)
    for place in range(0, len(layers), 3):
        values = torch.clamp(dense(layers[place : place + 2], values), min=0)
    return values


def test_pointnet_is_its_equation_point_by_point_in_value_and_gradient():
    torch.manual_seed(0)
    net = PointNet(Lifting(("depth", "normals"), Rendering(), (1, 2, 16, 16))).double()
    torch.nn.init.normal_(net.turn.weight, std=0.05)
    points = torch.randn(1, 3, 4, generator=DRAW, dtype=torch.float64, requires_grad=True)
    looked = [say(net.look, point[:3]) for point in points[0]]
    pooled = torch.stack([max(column) for column in torch.stack(looked).T])
    turn = (net.turn.weight @ pooled + net.turn.bias).view(3, 3) + torch.eye(3)
    said = [say(net.say, [*(sum(p[i] * turn[i, j] for i in range(3)) for j in range(3)), p[3]]) for p in points[0]]
    expected = torch.stack([max(column) for column in torch.stack(said).T])
    told = net.pool(points)[0]
    torch.testing.assert_close(told, expected, rtol=1e-5, atol=1e-7)
    slopes = [torch.autograd.grad(value.square().sum(), points, retain_graph=True)[0] for value in (told, expected)]
    torch.testing.assert_close(*slopes, rtol=1e-5, atol=1e-7)


def test_an_edge_layer_is_its_equation_edge_by_edge_in_value_and_gradient():
    torch.manual_seed(0)
    layer = EdgeLayer(3, 5).double()
    points = torch.randn(1, NEIGHBOURS + 4, 3, generator=DRAW, dtype=torch.float64, requires_grad=True)
    rows = []
    for point in points[0]:
        near = sorted(points[0], key=lambda other, own=point: ((other - own) ** 2).sum().item())[:NEIGHBOURS]
        own = layer.own.weight @ point + layer.own.bias
        edges = [own + layer.way.weight @ (other - point) for other in near]
        shown = normalise(layer.norm, torch.stack([max(column) for column in torch.stack(edges).T]))
        rows.append(torch.where(shown > 0, shown, SLOPE * shown))
    told, expected = layer(points)[0], torch.stack(rows)
    torch.testing.assert_close(told, expected, rtol=1e-5, atol=1e-7)
    slopes = [torch.autograd.grad(value.square().sum(), points, retain_graph=True)[0] for value in (told, expected)]
    torch.testing.assert_close(*slopes, rtol=1e-5, atol=1e-7)


def test_a_point_is_its_own_nearest_neighbour():
    points = torch.randn(2, 30, 3, generator=DRAW)
    assert (find_neighbours(points, NEIGHBOURS)[:, :, 0] == torch.arange(30)).all()


@pytest.mark.parametrize("net", [PointNet, DGCNN])
def test_nets_of_points_do_not_depend_on_their_order_or_on_the_batch(net):
    torch.manual_seed(0)
    model = net(Lifting(DEPTH, Rendering(), (2, 1, 16, 16))).eval()
    pixels = torch.rand(3, 2, 1, 16, 16, generator=DRAW) * 0.5
    with torch.no_grad():
        told = model.describe(pixels)
        torch.testing.assert_close(model.describe(pixels[1:2]), told[1:2])
        lift = model.lifting.forward
        model.lifting.forward = lambda shown: lift(shown).flip(1)
        torch.testing.assert_close(model.describe(pixels), told, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("net", [PointNet, DGCNN])
def test_two_workers_have_the_gradient_of_one(net, make_views, monkeypatch):
    torch.manual_seed(0)
    views = make_views(subjects=2, size=16)
    numbers, count = number_classes(views.labels)
    judge = _Judge(net(Lifting(DEPTH, Rendering(), (2, 1, 16, 16))), torch.from_numpy(views.images[:1]), count)
    settings = override(Config(), {"training.batch_size": 8}).training
    compare_workers(judge, _judge, Batches(views.images, settings, labels=numbers), monkeypatch)


@pytest.mark.parametrize("name", ["pointnet", "dgcnn"])
def test_what_shows_no_heights_gives_no_points(name, make_views):
    views = dataclasses.replace(make_views(subjects=2, size=16), planes=("normals",))
    with pytest.raises(Unsuitable, match="needs one of the channels"):
        fit_blind(METHODS[name], views, override(Config(), {"training.epochs": 1}), lambda *_: None)
