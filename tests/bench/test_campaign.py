"""Whole runs on small views: floors do their part, and a record says where its numbers come from."""

import numpy as np
import pytest

from bench.campaign import run_together
from tests.bench.campaigns import Quiet, accuracies, campaign_in, run_campaign


def test_floors_do_what_they_are_for(tmp_path, make_views):
    found = accuracies(run_campaign(campaign_in(tmp_path), [make_views()], Quiet()))
    assert found["majority"] == pytest.approx(1 / 6)
    assert found["chance"] < 0.4
    assert found["pixels"] > 0.8
    assert found["landmarks"] > 0.8


def test_a_record_says_where_its_numbers_come_from(tmp_path, make_views, skipped):
    views = make_views(skipped=skipped)
    (record,) = run_campaign(campaign_in(tmp_path, ("pixels",)), [views], Quiet())
    assert (record.clips, record.subjects, len(record.predictions)) == (72, 12, 72)
    assert record.setting.data_hash == views.content_hash()
    assert record.skipped == skipped
    assert record.stand_in == "synthetic"
    assert record.versions["numpy"] == np.__version__
    assert record.command == "python -m bench.run"
    assert len(record.groups) == 5 and record.seconds > 0 and record.device


@pytest.mark.parametrize(("count", "said"), [(2, "fer4d, fer4d (tenfold)"), (3, "3 suites (tenfold)")])
def test_a_line_of_progress_counts_suites_where_it_has_no_room_for_names(count, said, tmp_path, make_views):
    told = set()
    reporter = Quiet()
    reporter.stride = lambda what, *_: told.add(what)
    campaigns = [campaign_in(tmp_path / str(number), ("chance",)) for number in range(count)]
    run_together(campaigns, [make_views()], reporter)
    assert told == {said}
