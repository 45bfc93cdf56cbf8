"""Names that are misspelt are refused with the closest, and budgets set what they say."""

import pytest

from bench.methods import COMPARED, METHODS
from bench.methods.ablation import MOST_VIEWS
from bench.probes import PROBES
from bench.protocols import PROTOCOLS
from bench.suites import BUDGETS, SUITES, choose_budget, choose_protocols, choose_suite, make_config
from smile.errors import UserError

FER4D = SUITES["fer4d"]


def test_suites_and_budgets_name_only_what_exists():
    for name, suite in SUITES.items():
        assert suite.name == name
        assert set(suite.references) <= set(suite.methods) <= set(METHODS)
        assert set(suite.protocols) <= set(suite.data_sets)
        assert all(PROTOCOLS[one].data_sets == (key,) for key, own in suite.protocols.items() for one in own)
        assert all(len(PROTOCOLS[one].data_sets) == 2 for one in suite.across)
        assert set(suite.probes) <= set(PROBES)
    for name, budget in BUDGETS.items():
        assert budget.name == name
        assert budget.encoders >= 1


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        (lambda: choose_suite("fer5d"), "unknown suite 'fer5d': did you mean 'fer[34]d'"),
        (
            lambda: choose_suite("ablation", ("full", "pixels")),
            "'pixels' is not in the suite ablation, which has: full, ",
        ),
        (lambda: choose_suite("fer4d", ("full",)), "; --suite ablation has it"),
        (lambda: choose_suite("fer4d", ("pixles",)), "unknown method 'pixles': did you mean 'pixels'"),
        (lambda: choose_budget("quik"), "unknown budget 'quik': did you mean 'quick'"),
        (
            lambda: make_config(FER4D, BUDGETS["quick"], {"training.epoch": 1}),
            "did you mean 'training.epochs'",
        ),
    ],
)
def test_a_misspelt_name_is_refused_with_the_closest(choose, message):
    with pytest.raises(UserError, match=message):
        choose()


def test_methods_keep_the_order_of_the_suite_however_they_are_named():
    assert choose_suite("fer4d", ("supervised", "chance")).methods == ("chance", "supervised")
    assert choose_suite("fer4d").methods == tuple(COMPARED)


def test_a_change_by_the_user_wins_over_the_budget():
    assert make_config(FER4D, BUDGETS["quick"], {"training.epochs": "7"}).training.epochs == 7
    assert make_config(SUITES["ablation"], BUDGETS["quick"], {}).rendering.view_count == MOST_VIEWS
    assert make_config(FER4D, BUDGETS["full"], {}).training.epochs == BUDGETS["full"].epochs


@pytest.mark.parametrize(
    ("named", "data_sets", "expected"),
    [
        ([], ["synthetic"], [("tenfold", "synthetic")]),
        ([], ["bu3dfe", "ict", "bp4d"], [("bu3dfe_p1", "bu3dfe"), ("tenfold", "ict"), ("bp4d_41", "bp4d")]),
        (["bu3dfe_p2", "bu3dfe_p1", "bu3dfe_p2"], ["bu3dfe"], [("bu3dfe_p2", "bu3dfe"), ("bu3dfe_p1", "bu3dfe")]),
        (["bu3dfe_p2"], ["bu4dfe", "bu3dfe"], [("bu3dfe_p2", "bu3dfe"), ("bu4dfe_101", "bu4dfe")]),
        (["tenfold"], ["bu4dfe", "bu3dfe"], [("tenfold", "bu4dfe"), ("tenfold", "bu3dfe")]),
        (["bu4dfe_bp4d"], ["bp4d", "bu4dfe"], [("bu4dfe_bp4d", "bu4dfe", "bp4d")]),
    ],
)
def test_named_protocols_are_played_and_the_main_one_where_none_suits(named, data_sets, expected):
    assert [
        (protocol.name, *keys) for protocol, keys in choose_protocols(SUITES["fer4d"], named, data_sets)
    ] == expected


@pytest.mark.parametrize(
    ("suite", "data_sets", "expected"),
    [
        (
            "fer3d",
            ["bosphorus", "bu3dfe", "bu4dfe", "ict"],
            [
                ("bosphorus_65", "bosphorus"),
                ("bu3dfe_p1", "bu3dfe"),
                ("bu3dfe_p2", "bu3dfe"),
                ("bu4dfe_101", "bu4dfe"),
                ("tenfold", "ict"),
            ],
        ),
        ("mer4d", ["fourdme"], [("fourdme_3class_loso", "fourdme"), ("fourdme_5class", "fourdme")]),
        ("few", ["fourdme", "bu3dfe"], [("fourdme_5class", "fourdme"), ("bu3dfe_p1", "bu3dfe")]),
        ("ablation", ["bp4d"], [("bp4d_41", "bp4d")]),
        (
            "cross",
            ["bp4d", "bu3dfe", "bu4dfe", "synthetic-theories", "ict-posed", "ict"],
            [
                ("bu4dfe_bp4d", "bu4dfe", "bp4d"),
                ("synthetic_ict", "synthetic-theories", "ict"),
                ("ict_synthetic", "ict", "synthetic-theories"),
            ],
        ),
    ],
)
def test_each_suite_plays_its_own_protocols_and_the_main_one_of_other_data(suite, data_sets, expected):
    assert [(protocol.name, *keys) for protocol, keys in choose_protocols(SUITES[suite], [], data_sets)] == expected


def test_a_suite_across_data_sets_says_which_pairs_it_can_play():
    with pytest.raises(UserError, match=r"name two with --data .bu4dfe and bp4d; bu3dfe and bosphorus; synthetic and"):
        choose_protocols(SUITES["cross"], [], ["bu4dfe", "bu3dfe"])


@pytest.mark.parametrize(
    ("named", "data_sets", "message"),
    [
        ("bu3dfe_p3", ["bu3dfe"], "unknown protocol 'bu3dfe_p3': did you mean"),
        ("bp4d_41", ["bu4dfe"], "--protocol bp4d_41 is played on bp4d"),
        ("bu4dfe_bp4d", ["bu4dfe"], "--data bp4d=DIR"),
    ],
)
def test_a_protocol_without_its_data_is_refused(named, data_sets, message):
    with pytest.raises(UserError, match=message):
        choose_protocols(SUITES["fer4d"], [named], data_sets)
