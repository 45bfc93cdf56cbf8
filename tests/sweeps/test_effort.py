from sweeps.draw.ranges import Among, LogUniform
from sweeps.effort import find_rung, missing, rungs
from sweeps.ledger import COMPLETE, Trial
from sweeps.studies import Study

CHOICES = Study("", {"rendering.view_count": Among((1, 3, 5, 7))}, {})
WEIGHTS = Study("", {"losses.alignment.weight": LogUniform(0.1, 10.0)}, {})


def trial(**setting):
    return Trial(0, {key.replace("__", "."): value for key, value in setting.items()}, COMPLETE, 0.5, (), "", 0.0)


def test_the_rungs_double_from_a_sixteenth_on_and_end_with_the_trial():
    assert rungs(30) == (2, 4, 8, 16, 30)
    assert rungs(8) == (1, 2, 4, 8)
    assert rungs(30, 3) == (2, 4, 8, 16, 30, 60, 90)
    assert find_rung(30, 1 / 4) == 8 and find_rung(100, 1 / 4) == 28 and find_rung(1, 1 / 4) == 1
    assert rungs(1) == (1,)
    for epochs in range(1, 100):
        assert rungs(epochs)[-1] == epochs
        assert rungs(epochs)[0] == -(-epochs // 16)


def test_the_default_comes_first_and_a_countable_study_tries_each_setting_once():
    default = {"rendering.view_count": 3}
    queue, count = missing(CHOICES, default, 10, [])
    assert [setting["rendering.view_count"] for setting in queue] == [3, 1, 5, 7]
    assert count == 4
    queue, count = missing(CHOICES, default, 3, [trial(rendering__view_count=3), trial(rendering__view_count=5)])
    assert [setting["rendering.view_count"] for setting in queue] == [1]
    assert count == 1


def test_only_what_is_missing_is_drawn_and_a_default_that_was_tried_is_not_queued():
    default = {"losses.alignment.weight": 1.0}
    assert missing(WEIGHTS, default, 5, []) == ([default], 5)
    assert missing(WEIGHTS, default, 5, [trial(losses__alignment__weight=1.0)]) == ([], 4)
    assert missing(WEIGHTS, default, 1, [trial(losses__alignment__weight=1.0)]) == ([], 0)
