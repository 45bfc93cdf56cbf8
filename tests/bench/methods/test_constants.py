"""Constants of losses are those of the papers, but inside a block that holds others, where the loss follows them."""

from importlib import import_module

import pytest
import torch

from bench.methods import METHODS
from bench.methods.constants import CONSTANTS, _find, hold, list_constants
from bench.methods.unsupervised import byol, moco_v3, simclr, swav, vicreg

KEYS = [key for name in CONSTANTS for key in list_constants(name)]


def draw():
    return torch.randn(2, 6, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("key", KEYS)
def test_a_constant_is_held_inside_and_is_as_it_was_after_an_error(key):
    module, name = _find(key)
    before, (low, high) = getattr(module, name), CONSTANTS[key.split(".")[1]][name]
    assert low < before < high, "the default is one of the values that tuning may try"
    with pytest.raises(KeyError), hold({key: low, "training.learning_rate": 0.1}) as others:
        assert (getattr(module, name), others) == (low, {"training.learning_rate": 0.1})
        raise KeyError
    assert getattr(module, name) == before


def test_every_constant_belongs_to_a_method():
    assert set(CONSTANTS) <= set(METHODS)
    assert list_constants("dino_views") == list_constants("dino") and len(list_constants("dino")) == 4
    assert list_constants("finetuned_simclr") == list_constants("simsiam") == {}


def test_functions_that_take_a_constant_by_default_follow_it():
    first, second = draw()
    usual = simclr.nt_xent(first, second)
    with hold({"constants.simclr.TEMPERATURE": 0.07}):
        assert simclr.nt_xent(first, second) == simclr.nt_xent(first, second, temperature=0.07) != usual
    assert simclr.nt_xent(first, second) == usual == simclr.nt_xent(first, second, temperature=0.5)
    with hold({"constants.swav.SMOOTHNESS": 0.2}):
        torch.testing.assert_close(swav.assign(first), swav.assign(first, 0.2, 3))
    with hold({"constants.moco_v3.TEMPERATURE": 0.9}):
        assert moco_v3.find_keys(first, second) == moco_v3.find_keys(first, second, 0.9)


def test_losses_that_read_a_constant_follow_it():
    first, second = draw()
    usual = vicreg.regularise(first, second)
    with hold({"constants.vicreg.INVARIANCE": 50.0}):
        gain = vicreg.regularise(first, second) - usual
    torch.testing.assert_close(gain, 25 * (first - second).square().mean())
    with hold({"constants.byol.MOMENTUM": 0.9}):
        assert byol.MOMENTUM == 0.9 and import_module("bench.methods.unsupervised.dino").MOMENTUM == 0.996
