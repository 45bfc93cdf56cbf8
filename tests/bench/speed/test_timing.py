"""Timing is interleaved and fair; what is reported is what was timed."""

from bench.speed.timing import interleave


def test_every_way_is_warmed_up_once_and_then_has_its_turn_in_every_round():
    calls = []
    interleave({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3, seconds=0.0)
    assert calls == ["a", "b", *"ab", *"ba", *"ab"]


def test_the_median_of_the_rounds_counts(monkeypatch):
    clock = iter([0, 1, 0, 9, 0, 2])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert interleave({"a": lambda: None}, rounds=3, seconds=0.0) == {"a": 2}
