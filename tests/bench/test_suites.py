"""Names that are misspelt are refused with the closest, and budgets set what they say."""

import pytest

from bench.methods import METHODS
from bench.protocols import PROTOCOLS
from bench.protocols.folds import SCHEMES
from bench.suites import BUDGETS, SUITES, choose_budget, choose_suite, make_config
from smile.errors import UserError


def test_suites_and_budgets_name_only_what_exists():
    for name, suite in SUITES.items():
        assert suite.name == name
        assert set(suite.methods) <= set(METHODS)
        assert set(suite.protocols) <= set(PROTOCOLS)
    for name, budget in BUDGETS.items():
        assert budget.name == name
        assert budget.scheme in SCHEMES


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        (lambda: choose_suite("fer3d"), "unknown suite 'fer3d': did you mean 'fer4d'"),
        (lambda: choose_suite("fer4d", ("pixles",)), "unknown method 'pixles': did you mean 'pixels'"),
        (lambda: choose_budget("quik"), "unknown budget 'quik': did you mean 'quick'"),
        (lambda: make_config(BUDGETS["quick"], 0, {"training.epoch": 1}), "did you mean 'training.epochs'"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_closest(choose, message):
    with pytest.raises(UserError, match=message):
        choose()


def test_methods_keep_the_order_of_the_suite_however_they_are_named():
    assert choose_suite("fer4d", ("supervised", "chance")).methods == ("chance", "supervised")
    assert choose_suite("fer4d").methods == tuple(METHODS)


def test_a_change_by_the_user_wins_over_the_budget():
    config = make_config(BUDGETS["quick"], 3, {"training.epochs": "7"})
    assert (config.training.epochs, config.training.seed) == (7, 3)
    assert make_config(BUDGETS["full"], 0, {}).training.epochs == BUDGETS["full"].epochs
