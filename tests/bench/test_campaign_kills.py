"""A killed run goes on with what it had."""

import csv
import io
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from bench.record import read_records
from bench.tables.csv_rows import COLUMNS, render_csv
from smile.provenance import ROOT
from tests.bench.campaigns import content_without_costs

KILLED = """
    import time
    from pathlib import Path
    from tests.bench.conftest import make_views
    from bench.methods import METHODS
    from bench.methods.method import Method
    from tests.bench.campaigns import Quiet, campaign_in
    from tests.bench.campaigns import run_campaign
    from smile import provenance

    def slow(views, labels, config, progress):
        with open({log!r}, "a") as log:
            log.write("fit\\n")
        if Path({log!r}).read_text().count("fit") == {hang_at}:
            time.sleep(60)
        return METHODS["pixels"].fit(views, labels, config, progress)

    provenance.device = lambda: "any"  # asking torch takes seconds
    METHODS["simclr"] = Method("Slow", "unsupervised", slow)
    run_campaign(campaign_in(Path({out!r}), ("majority", "simclr", "landmarks")), [make_views()], Quiet())
"""


def start(tmp_path, out, hang_at=0):
    places = {"log": str(tmp_path / f"{out}.log"), "out": str(tmp_path / out)}
    script = textwrap.dedent(KILLED.format(hang_at=hang_at, **places))
    return subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.mark.slow
def test_a_killed_run_resumes_with_what_it_had_and_ends_with_the_same_table(tmp_path):
    assert start(tmp_path, "whole").wait(180) == 0
    log = tmp_path / "killed.log"
    run = start(tmp_path, "killed", hang_at=3)
    while run.poll() is None and not (log.exists() and log.read_text().count("fit") == 3):
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    assert run.wait(10) == -signal.SIGKILL
    records, _ = read_records(tmp_path / "killed", "fer4d")
    assert [record.method for record in records] == ["landmarks", "majority"], "killed in the third method"
    assert start(tmp_path, "killed").wait(180) == 0
    assert log.read_text().count("fit") == 3 + 3, "of five encoders the two finished ones are not fitted again"
    assert content_without_costs(tmp_path / "killed") == content_without_costs(tmp_path / "whole")
    tables = []
    for out in ("killed", "whole"):
        records, damaged = read_records(tmp_path / out, "fer4d")
        assert not damaged
        rows = csv.DictReader(io.StringIO(render_csv(records)))
        tables.append([[row[name] for name in COLUMNS if name not in ("seconds", "memory")] for row in rows])
    assert tables[0] == tables[1]
    assert not list((tmp_path / "killed" / "work").iterdir())
