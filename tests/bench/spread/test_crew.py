"""Methods measured side by side give the records of one process; what is lost on the way is run again."""

import dataclasses
import os
import signal
from pathlib import Path

import pytest

from bench.methods import METHODS
from bench.methods.floors.pixels import fit_pixels
from bench.spread import crew as crew_module
from bench.spread.crew import hire
from bench.spread.parts import list_parts
from smile.errors import UserError
from tests.bench.campaigns import Quiet, campaign_in, content_without_costs, forbid, run_campaign

METHODS_RUN = ("pixels", "random", "simclr", "smile_geometry")


@dataclasses.dataclass(frozen=True)
class Killed:
    """Fits raw pixels, but kills its process the first time."""

    mark: str

    def __call__(self, *given):
        if not Path(self.mark).exists():
            Path(self.mark).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return fit_pixels(*given)


def fail(*_):
    raise RuntimeError("no luck")


def run(out, methods, views, crew=None, budget="quick"):
    reporter = Quiet()
    campaign = campaign_in(out, (), budget, **{"training.epochs": 2})
    campaign = dataclasses.replace(campaign, suite=dataclasses.replace(campaign.suite, methods=methods))
    return run_campaign(campaign, [views], reporter, crew=crew), reporter


@pytest.mark.slow
def test_two_at_once_give_the_bytes_of_one_process_lose_nothing_and_resume(tmp_path, make_views, monkeypatch):
    import ray
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        run(tmp_path / "alone", METHODS_RUN, make_views())
    finally:
        torch.set_num_threads(before)
    pixels = METHODS["pixels"]
    monkeypatch.setitem(METHODS, "killed", dataclasses.replace(pixels, fit=Killed(str(tmp_path / "mark"))))
    monkeypatch.setitem(METHODS, "failing", dataclasses.replace(pixels, fit=fail))
    crew = hire("local", 1, Quiet(), jobs=2)
    held, put = [], ray.put
    monkeypatch.setattr(ray, "put", lambda board: held.append(board) or put(board))
    (tmp_path / "crew").mkdir()
    found, _ = run(tmp_path / "crew", (*METHODS_RUN, "killed", "failing"), make_views(), crew)
    assert [record.method for record in found] == [*METHODS_RUN, "killed", "failing"]
    assert len(held) == 1, "all methods share the views of a board"
    by_name = {record.method: record for record in found}
    assert by_name["killed"].predictions == by_name["pixels"].predictions
    assert (tmp_path / "mark").exists()
    assert by_name["failing"].failed and by_name["failing"].reason == "RuntimeError: no luck"
    records = content_without_costs(tmp_path / "crew")
    for name, content in content_without_costs(tmp_path / "alone").items():
        assert records[name] == content
    assert not list((tmp_path / "crew" / "work").iterdir())
    again, _ = run(tmp_path / "crew", METHODS_RUN, make_views(), forbid)
    assert again == [by_name[name] for name in METHODS_RUN]


@pytest.mark.release
def test_encoders_of_a_method_are_fitted_side_by_side_with_the_bytes_of_one_process(tmp_path, make_views, monkeypatch):
    monkeypatch.setitem(METHODS, "failing", dataclasses.replace(METHODS["pixels"], fit=fail))
    methods, sent = ("random", "failing"), []
    run(tmp_path / "alone", methods, make_views(), budget="standard")
    monkeypatch.setattr(crew_module, "list_parts", lambda errand: sent.append(list_parts(errand)) or sent[-1])
    (tmp_path / "crew").mkdir()
    found, _ = run(tmp_path / "crew", methods, make_views(), hire("local", 1, Quiet(), jobs=2), "standard")
    assert sent == [(0, 1, 2, 3, 4)] * 2
    assert found[1].reason == "RuntimeError: no luck"
    assert content_without_costs(tmp_path / "crew") == content_without_costs(tmp_path / "alone")
    assert not list((tmp_path / "crew" / "work").iterdir())


@pytest.mark.release
def test_more_threads_than_any_machine_has_are_refused(tmp_path, make_views):
    import ray

    ray.init(num_cpus=1, include_dashboard=False, logging_level="ERROR")
    try:
        with pytest.raises(UserError, match="no machine of the cluster has 7 cores"):
            run(tmp_path, ("pixels",), make_views(), hire("auto", 7, Quiet()))
    finally:
        ray.shutdown()
