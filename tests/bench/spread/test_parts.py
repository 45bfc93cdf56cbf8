"""Encoders that are fitted apart give the bytes of one process, and none is fitted twice."""

import dataclasses

import pytest

from bench.board import open_board
from bench.campaign import show_clean_alone
from bench.methods import METHODS
from bench.methods.method import Unsuitable
from bench.protocols import PROTOCOLS
from bench.spread.errand import Errand, run_errand
from bench.spread.parts import fit_part, keep_parts, list_parts, read_parts
from tests.bench.campaigns import campaign_in

CELLS = (("clean", "linear_probe"), ("clean", "few_labels"), ("clean", "identity"))


@pytest.fixture
def send(make_views, tmp_path):
    """Makes an errand on ten folds that several encoders share."""
    config = campaign_in(tmp_path, (), "standard", **{"training.epochs": 1}).config

    def make(name, encoders=3, work="work"):
        board = open_board(PROTOCOLS["tenfold"], [make_views(subjects=24)], encoders, ("clean",), show_clean_alone)
        return Errand(board, name, config, CELLS, tmp_path / work)

    return make


def quiet(*_):
    pass


def findings(errand):
    return {cell: (one.findings, one.reason) for cell, one in run_errand(errand, quiet, quiet).outcomes.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["simclr", "random"])
def test_parts_give_the_findings_of_the_whole(name, send, monkeypatch):
    whole, errand = findings(send(name)), send(name, work="parts")
    assert list_parts(errand) == (0, 1, 2)
    # Backwards, as whoever is done first comes first.
    keep_parts(errand.work, {number: fit_part(errand, number) for number in (2, 0, 1)})
    assert list_parts(errand) == () and sorted(read_parts(errand)) == [0, 1, 2]
    monkeypatch.setattr("bench.evaluation.fit_blind", None)  # whoever fits again fails
    found = findings(errand)
    assert found == whole
    assert all(one.answers or one.tallies for one, _ in found.values())


@pytest.mark.slow
def test_what_a_killed_run_left_is_not_fitted_again(send):
    errand = send("random")
    keep_parts(errand.work, {1: fit_part(errand, 1)})
    assert list_parts(errand) == (0, 2)
    keep_parts(errand.work, {0: fit_part(errand, 0)})
    assert list_parts(errand) == (), "a single one is left, and nobody to share it with"
    assert findings(errand) == findings(send("random", work="whole"))


def test_an_encoder_alone_nets_of_draws_and_a_board_without_a_plan_are_not_divided(send):
    assert list_parts(send("random", encoders=1)) == ()
    assert list_parts(send("supervised_few")) == ()
    errand = send("random")
    assert list_parts(dataclasses.replace(errand, board=dataclasses.replace(errand.board, plan=None))) == ()


def test_a_part_that_fails_leaves_the_reason_to_the_whole(send, monkeypatch):
    def fit(*_):
        raise Unsuitable("no luck")

    monkeypatch.setitem(METHODS, "failing", dataclasses.replace(METHODS["pixels"], fit=fit))
    errand = send("failing")
    assert fit_part(errand, 0) is None
    assert {reason for _, reason in findings(errand).values()} == {"no luck"}
