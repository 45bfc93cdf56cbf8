"""An errand brings home what a method showed, or why it showed nothing; an exception only where the disk is full."""

import dataclasses
import errno
import os

import pytest

from bench.board import open_board
from bench.campaign import show_clean_alone
from bench.methods import METHODS
from bench.methods.method import Unsuitable
from bench.protocols import PROTOCOLS
from bench.spread.errand import Errand, run_errand
from smile.errors import UserError
from tests.bench.campaigns import campaign_in


def send(tmp_path, views, name):
    campaign = campaign_in(tmp_path, (), "quick")
    board = open_board(PROTOCOLS["tenfold"], [views], 1, ("clean",), show_clean_alone)
    said = []
    errand = Errand(board, name, campaign.config, (("clean", "linear_probe"),), tmp_path / "work")
    (outcome,) = run_errand(errand, lambda *_: None, said.append).outcomes.values()
    return outcome, said


@pytest.mark.parametrize(
    ("error", "failed", "reason"),
    [
        (Unsuitable("no landmarks"), False, "no landmarks"),
        (UserError("no tower"), True, "no tower"),
        (ValueError("a fault"), True, "ValueError: a fault"),
    ],
)
def test_a_reason_in_the_place_of_an_exception(tmp_path, make_views, monkeypatch, error, failed, reason):
    def fit(*_):
        raise error

    monkeypatch.setitem(METHODS, "raising", dataclasses.replace(METHODS["pixels"], fit=fit))
    outcome, said = send(tmp_path, make_views(), "raising")
    assert (outcome.failed, outcome.reason, outcome.there) == (failed, reason, False)
    assert bool(said) == isinstance(error, ValueError)


def test_a_full_disk_is_no_result_of_the_method(tmp_path, make_views, monkeypatch):
    def fit(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "work/encoder_0.json")

    monkeypatch.setitem(METHODS, "raising", dataclasses.replace(METHODS["pixels"], fit=fit))
    with pytest.raises(OSError, match=r"encoder_0\.json"):
        send(tmp_path, make_views(), "raising")


def test_a_fitted_method_tells_its_cost(tmp_path, make_views):
    outcome, _ = send(tmp_path, make_views(), "random")
    assert outcome.there and outcome.cost.parameters > 0 and outcome.cost.steps == 0
