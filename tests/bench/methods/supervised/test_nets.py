"""Nets of other shapes learn labels, and join views as their papers say."""

import numpy as np
import torch

from bench.methods import METHODS
from bench.methods.method import fit_blind
from bench.methods.supervised.classes import number_classes
from bench.methods.supervised.finetuned import FineTuned
from bench.methods.supervised.mvcnn import ViewPooling
from bench.methods.supervised.view_transformer import ViewTransformer
from smile.config import Config, override
from smile.training.pretraining import initialise

SMALL = override(Config(), {"training.epochs": 2, "training.batch_size": 8})


def test_a_set_of_labels_is_a_class():
    numbers, count = number_classes((("b",), ("a", "b"), ("a",), ("b",)))
    assert count == 3 and numbers.tolist() == [2, 1, 0, 2]


def test_mvcnn_keeps_the_largest_of_each_feature_whatever_the_order(make_views):
    views = make_views(subjects=1, size=16)
    net = ViewPooling(initialise(SMALL, views.images, None)).eval()
    pixels = torch.randn(3, 2, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        pooled, single = net.describe(pixels), [net.describe(pixels[:, view : view + 1]) for view in range(2)]
        torch.testing.assert_close(pooled, torch.maximum(*single))
        torch.testing.assert_close(net.describe(pixels.flip(1)), pooled)


def test_a_view_transformer_knows_the_place_of_a_view_and_not_the_rest_of_the_batch(make_views):
    views = make_views(subjects=1, size=16)
    net = ViewTransformer(initialise(SMALL, views.images, None), 2).eval()
    pixels = torch.randn(3, 2, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        told = net.describe(pixels)
        assert not torch.allclose(net.describe(pixels.flip(1)), told, atol=1e-4)
        torch.testing.assert_close(net.describe(pixels[:1]), told[:1])


def test_fine_tuning_begins_with_the_pretrained_tower_and_counts_over_both_parts(make_views):
    views, told = make_views(subjects=2, size=16), []
    started = fit_blind(METHODS["simclr"], views, SMALL, lambda *_: None).embed(views)
    still = override(SMALL, {"training.learning_rate": 1e-30})

    def pretrain(*given):
        return METHODS["simclr"].fit(given[0], given[1], SMALL, given[3])

    encoder = FineTuned(pretrain)(views, views.labels, still, lambda *done: told.append(done))
    np.testing.assert_allclose(encoder.embed(views), started, rtol=1e-5, atol=1e-6)
    assert told[-1] == (4, 4) and (2, 4) in told
