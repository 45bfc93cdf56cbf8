"""A forecast follows from its parts: known cases, limits and what must grow with the number of GPUs."""

from dataclasses import replace

import pytest

from cluster.forecast.step import CARDS, Card, Place, StepWork, forecast_step

EVEN = Card("even", peak=1e12, memory=1e9, link=1e9, inside=1e10, gpus=2, cores=8)
WORK = StepWork(clips=10, operations_per_clip=1e9, bytes_per_clip=1_000_000, weights=1e6, width=100)
PLACE = Place(EVEN, share=0.5, storage=4e9)


def test_one_gpu_sends_nothing_and_computes_what_its_operations_say():
    step = forecast_step(1, WORK, PLACE)
    assert step.parts["compute"] == pytest.approx(10 * 1e9 / 5e11)
    assert step.parts["gradients"] == step.parts["embeddings"] == 0
    assert step.parts["read"] == pytest.approx(10 * 1e6 / 1e9)  # the link of its machine, not the storage


def test_gradients_take_the_fast_way_inside_of_a_machine_and_the_slow_one_outside():
    two, four = forecast_step(2, WORK, PLACE), forecast_step(4, WORK, PLACE)
    assert two.parts["gradients"] == pytest.approx(2 * 1 / 2 * 4e6 / 1e10)
    assert four.parts["gradients"] == pytest.approx(2 * 3 / 4 * 4e6 / 1e9)


def test_with_many_gpus_the_gradient_stays_and_the_joined_batch_grows():
    few, many = (forecast_step(count, WORK, PLACE) for count in (100, 1000))
    assert many.parts["gradients"] / few.parts["gradients"] == pytest.approx(1, rel=0.02)
    assert many.parts["embeddings"] / few.parts["embeddings"] == pytest.approx(10, rel=0.02)
    assert many.parts["losses"] / few.parts["losses"] == pytest.approx(10, rel=0.02)
    assert many.joined_bytes == 4 * 1000 * 10 * (3 + 2) * 100


def test_shared_storage_is_divided_by_all():
    few, many = (forecast_step(count, WORK, PLACE) for count in (100, 1000))
    assert many.parts["read"] == pytest.approx(10 * few.parts["read"])
    assert few.parts["read"] == pytest.approx(100 * 10 * 1e6 / 4e9)


def test_a_faster_part_changes_nothing_and_the_slowest_decides():
    step = forecast_step(1000, WORK, PLACE)
    assert step.slowest == max(step.parts, key=step.parts.get)
    quick = forecast_step(1000, replace(WORK, weights=1e3), PLACE)
    assert quick.seconds <= step.seconds
    assert 0 < step.efficiency < forecast_step(1, WORK, PLACE).efficiency <= 1


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_cards_are_plausible(card):
    assert 1e13 < card.peak < 1e16 and 1e8 < card.link <= card.inside * card.gpus
