"""Methods of sequences find the frames, say so where there are none, learn, and look at time."""

import dataclasses

import numpy as np
import pytest
import torch

from bench.methods import METHODS
from bench.methods.method import Unsuitable, fit_blind
from bench.methods.sequences import SEQUENCES
from bench.methods.sequences.conv3d import FrameVolume
from bench.methods.sequences.frame_order import FrameOrder, draw_orders, list_orders, shuffle_frames
from bench.methods.sequences.frames import find_frames, show_one_frame
from bench.methods.unsupervised.learner import _measure
from smile.config import Config, override
from smile.rendering.motion.channels import name_planes
from smile.training.batches import Batches
from smile.training.pretraining import initialise
from tests.bench.methods.tasks import leak
from tests.bench.methods.workers import compare_workers

SMALL = override(Config(), {"training.epochs": 1, "training.batch_size": 9, "rendering.channels": ("key_depth",)})


def quiet(*_):
    pass


@pytest.fixture(scope="module")
def film(make_film):
    return make_film(subjects=3)


def test_frames_are_found_whatever_stands_beside_them():
    planes = name_planes(["mask", "key_normals", "key_depth"], 2)
    assert find_frames(planes).tolist() == [[1, 2, 3, 7], [4, 5, 6, 8]]


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("planes", [("movement_depth",), name_planes(["key_depth"], 1), ("",)])
def test_pictures_without_a_sequence_are_refused_with_a_remedy(name, planes, make_views):
    views = dataclasses.replace(make_views(subjects=2, size=16), planes=planes)
    with pytest.raises(Unsuitable, match=r"needs pictures of at least [23] frames.*--set rendering.channels=key_"):
        fit_blind(METHODS[name], views, SMALL, quiet)


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_method_of_sequences_gives_the_same_bytes_again_whatever_is_planted_and_sees_time(name, film):
    planted = film if METHODS[name].uses_labels else leak(film)
    encoder, again = (fit_blind(METHODS[name], views, SMALL, quiet) for views in (film, planted))
    told = encoder.embed(film)
    assert told.dtype == np.float32 and told.ndim == 2 and np.isfinite(told).all()
    np.testing.assert_array_equal(told, again.embed(film))
    backwards = dataclasses.replace(film, images=np.ascontiguousarray(film.images[:, :, ::-1]))
    # Patterns of time are not the same backwards, but those of the frame in the middle are.
    assert not np.allclose(told, encoder.embed(backwards), atol=1e-3)
    turned = film.images.copy()
    turned[:, 1] = 255 - turned[:, 1]
    assert not np.array_equal(told, encoder.embed(dataclasses.replace(film, images=turned)))


def test_orders_move_whole_frames_and_the_first_is_the_true_one():
    planes = name_planes(["mask", "key_normals", "key_depth"], 3)
    orders = list_orders(find_frames(planes), len(planes))
    assert len(orders) == 6 and orders[0].tolist() == list(range(13))
    assert {tuple(sorted(order)) for order in orders} == {tuple(range(13))}
    for order in orders:
        frames = [[planes[number].rpartition(" ")[2] for number in order[frame]] for frame in find_frames(planes)]
        assert all(len(set(frame)) == 1 for frame in frames) and order[0] == 0
    pixels = torch.arange(26.0).view(2, 1, 13, 1, 1)
    shown = shuffle_frames(pixels, torch.from_numpy(orders[[0, 3]]))
    assert shown[0].flatten().tolist() == list(range(13))
    assert shown[1].flatten().tolist() == [13 + number for number in orders[3]]


@pytest.mark.parametrize(("frames", "count"), [(2, 2), (4, 24), (5, 24), (9, 18)])
def test_orders_are_few_and_all_different(frames, count):
    planes = name_planes(["key_depth"], frames)
    orders = {tuple(order) for order in list_orders(find_frames(planes), frames)}
    assert len(orders) == count


def test_the_loss_of_order_is_its_equation_clip_by_clip(film):
    orders = list_orders(find_frames(film.planes), 3)
    learner = FrameOrder(orders, initialise(SMALL, film.images, None), SMALL, 10).eval()
    batch = Batches(film.images, SMALL.training).read(0, torch.device("cpu"))
    drawn, losses = draw_orders(0, 0, 9, 6), []
    for clip, number in enumerate(drawn):
        for view in range(2):
            picture = batch.pixels[clip, view][[int(plane) for plane in orders[number]]]
            told = learner.head(learner.face(picture[None, None]).view_features[0, 0])
            losses.append(-told[number] + torch.log(torch.exp(told).sum()))
    expected, told = sum(losses) / len(losses), learner.measure(batch)["order"]
    torch.testing.assert_close(told, expected, rtol=1e-5, atol=1e-6)
    slopes = [torch.autograd.grad(value, learner.head.weight, retain_graph=True)[0] for value in (told, expected)]
    torch.testing.assert_close(*slopes, rtol=1e-4, atol=1e-6)
    assert len(set(drawn)) > 2


def test_two_workers_have_the_gradient_of_one(film, monkeypatch):
    settings = override(SMALL, {"training.batch_size": 8})
    learner = FrameOrder(
        list_orders(find_frames(film.planes), 3), initialise(settings, film.images, None), settings, 10
    )
    compare_workers(learner, _measure, Batches(film.images, settings.training), monkeypatch)


def test_a_volume_is_convolved_over_time_as_over_space(film):
    torch.manual_seed(0)
    net = FrameVolume(find_frames(film.planes))
    layer, pixels = net.layers[0].double(), torch.randn(1, 1, 3, 6, 6, dtype=torch.float64)
    padded = torch.zeros(5, 8, 8, dtype=torch.float64)
    padded[1:4, 1:7, 1:7] = pixels[0, 0]
    found = layer(pixels[:, 0][:, net.frames].transpose(1, 2))
    expected = (layer.weight[2, 0] * padded[1:4, 2:5, 4:7]).sum() + layer.bias[2]
    torch.testing.assert_close(found[0, 2, 1, 1, 2], expected, rtol=1e-5, atol=1e-7)


def test_a_tower_of_one_frame_reads_the_planes_of_one_frame():
    config = show_one_frame(override(Config(), {"rendering.channels": ("mask", "key_normals", "key_depth")}))
    assert len(name_planes(config.rendering.channels, config.rendering.key_frames)) == 4
