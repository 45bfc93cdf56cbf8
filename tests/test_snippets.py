"""The lines of pandas in docs/results.md run on a results folder and say what they promise."""

import re
from pathlib import Path

import pandas
import pytest

from bench.record import record_path, write_record
from bench.suites import SUITES
from bench.tables.markdown import write_tables
from tests.bench.conftest import make_record
from tests.places import ROOT

MEANS, WRONG = re.findall(r"```python\n(.*?)```", (ROOT / "docs/results.md").read_text(), re.DOTALL)


@pytest.fixture
def folder(tmp_path):
    records = [make_record("alpha", 0.5, seed=0), make_record("alpha", 0.7, seed=1)]
    for record in records:
        write_record(tmp_path, record)
    write_tables(tmp_path, SUITES["fer4d"], records)
    return tmp_path


def run(code, folder: Path, capsys):
    exec(code.replace("results/ict_posed", folder.as_posix()), {"pandas": pandas})
    return capsys.readouterr().out.split()


def test_the_mean_over_seeds(folder, capsys):
    *_, mean, spread, count = run(MEANS, folder, capsys)
    assert (float(mean), float(spread), count) == (0.6, pytest.approx(0.2 / 2**0.5, abs=1e-5), "2")


def test_the_wrong_clips(folder, capsys):
    place = record_path(Path(), make_record().setting, "alpha").as_posix()
    said = run(re.sub("place = .*", f'place = "{place}"', WRONG), folder, capsys)
    assert sum(word.startswith("F5/") for word in said) == 5 and not any(word.startswith("F1/") for word in said)
