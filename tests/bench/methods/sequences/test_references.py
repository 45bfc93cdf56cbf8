"""The nets of sequences are their papers' sums, written in loops here, in value and in gradient."""

from itertools import product

import numpy as np
import pytest
import torch

from bench.methods.sequences.conv3d import FrameVolume
from bench.methods.sequences.flow import show_flow
from bench.methods.sequences.flow_streams import FlowStreams
from bench.methods.sequences.frames import find_frames, show_one_frame
from bench.methods.sequences.temporal_transformer import FrameTransformer
from bench.methods.supervised.classes import _Judge, _judge, number_classes
from bench.methods.supervised.view_transformer import HEADS
from smile.config import Config, override
from smile.training.batches import Batches
from smile.training.pretraining import initialise
from tests.bench.methods.workers import compare_workers

SMALL = override(Config(), {"training.batch_size": 8, "rendering.channels": ("key_depth",)})


def normalise(values, axes, weight, bias, eps=1e-5):
    mean = values.mean(axes, keepdim=True)
    variance = ((values - mean) ** 2).mean(axes, keepdim=True)
    return (values - mean) / torch.sqrt(variance + eps) * weight + bias


def convolve(volume, weight, bias):
    """Three by three by three, one place of padding, every second row and column: place by place of the kernel."""
    count, _, frames, rows, columns = volume.shape
    padded = torch.nn.functional.pad(volume, (1,) * 6)
    high, wide = (rows + 1) // 2, (columns + 1) // 2
    told = bias.view(1, -1, 1, 1, 1).expand(count, -1, frames, high, wide)
    for k, i, j in product(range(3), repeat=3):
        seen = padded[:, :, k : k + frames, i : i + 2 * high : 2, j : j + 2 * wide : 2]
        told = told + torch.einsum("nckhw,oc->nokhw", seen[..., :high, :wide], weight[:, :, k, i, j])
    return told


def read_volume(net, pixels):
    """The 3D CNN, from its weights: frames by views, four layers, groups of channels normalised together."""
    told = []
    for view in range(pixels.shape[1]):
        volume = torch.stack([pixels[:, view, frame] for frame in net.frames.tolist()], dim=2)
        for number in range(0, len(net.layers), 3):
            layer, norm = net.layers[number], net.layers[number + 1]
            volume = convolve(volume, layer.weight, layer.bias)
            groups = volume.unflatten(1, (norm.num_groups, -1))
            shape = (1, norm.num_groups, -1, 1, 1, 1)
            groups = normalise(groups, (2, 3, 4, 5), norm.weight.view(shape), norm.bias.view(shape))
            volume = groups.flatten(1, 2).clamp(min=0)
        told.append(volume.mean((2, 3, 4)))
    return torch.cat(told, dim=1)


def attend(layer, tokens):
    """One pre-norm layer of Vaswani et al. 2017, head by head and query by query."""
    heads, width = HEADS, tokens.shape[-1]
    size = width // heads
    calm = normalise(tokens, -1, layer.norm1.weight, layer.norm1.bias)
    asked, keys, values = (
        calm @ weight.T + bias
        for weight, bias in zip(
            layer.self_attn.in_proj_weight.split(width), layer.self_attn.in_proj_bias.split(width), strict=True
        )
    )
    rows = []
    for query in range(tokens.shape[1]):
        found = []
        for head in range(heads):
            own = slice(head * size, (head + 1) * size)
            likeness = torch.stack(
                [(asked[:, query, own] * keys[:, key, own]).sum(1) / size**0.5 for key in range(tokens.shape[1])], 1
            )
            shares = torch.exp(likeness) / torch.exp(likeness).sum(1, keepdim=True)
            found.append(sum(shares[:, key, None] * values[:, key, own] for key in range(tokens.shape[1])))
        rows.append(torch.cat(found, dim=1))
    out = layer.self_attn.out_proj
    tokens = tokens + torch.stack(rows, dim=1) @ out.weight.T + out.bias
    calm = normalise(tokens, -1, layer.norm2.weight, layer.norm2.bias)
    hidden = (calm @ layer.linear1.weight.T + layer.linear1.bias).clamp(min=0)
    return tokens + hidden @ layer.linear2.weight.T + layer.linear2.bias


def read_frames(net, pixels):
    """The temporal transformer, from its weights: each frame through the tower, a class token first."""
    told = []
    for view in range(pixels.shape[1]):
        seen = [net.attend.image(pixels[:, view, frame]) for frame in net.frames.tolist()]
        tokens = torch.stack([net.attend.token[0].expand(len(pixels), -1), *seen], dim=1) + net.attend.places
        for layer in net.attend.layers.layers:
            tokens = attend(layer, tokens)
        told.append(tokens[:, 0])
    return torch.cat(told, dim=1)


@pytest.fixture(scope="module")
def film(make_film):
    return make_film(subjects=2)


def make_net(name, film):
    torch.manual_seed(0)
    frames = find_frames(film.planes)
    if name == "conv3d":
        return FrameVolume(frames)
    if name == "flow_streams":
        return FlowStreams()
    face = initialise(show_one_frame(SMALL), np.ascontiguousarray(film.images[:1, :, frames[0]]), None)
    return FrameTransformer(face, frames)


@pytest.mark.parametrize(("name", "read"), [("conv3d", read_volume), ("temporal_transformer", read_frames)])
def test_a_net_is_its_equation_in_loops(name, read, film):
    net = make_net(name, film).double()
    pixels = torch.randn(3, 2, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    told, expected = net.describe(pixels), read(net, pixels)
    torch.testing.assert_close(told, expected, rtol=1e-5, atol=1e-8)
    assert float(expected.detach().std()) > 1e-3
    weights = torch.linspace(-1, 1, told.numel(), dtype=torch.float64).view_as(told)
    slopes = [
        torch.autograd.grad((value * weights).sum(), list(net.parameters()), allow_unused=True)
        for value in (told, expected)
    ]
    moved = 0
    for own, other in zip(*slopes, strict=True):
        assert (own is None) == (other is None)
        if own is not None:
            torch.testing.assert_close(own, other, rtol=1e-5, atol=1e-8)
            moved += int(own.abs().max() > 1e-6)
    assert moved > 8


@pytest.mark.parametrize("name", ["conv3d", "temporal_transformer", "flow_streams"])
def test_two_workers_have_the_gradient_of_one(name, film, monkeypatch):
    numbers, count = number_classes(film.labels)
    images = show_flow(film).images if name == "flow_streams" else film.images
    judge = _Judge(make_net(name, film), torch.from_numpy(images[:1]), count)
    compare_workers(judge, _judge, Batches(images, SMALL.training, labels=numbers), monkeypatch)
