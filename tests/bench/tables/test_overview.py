"""The overview has a row for every leaderboard, and for every data set that was not given."""

import re

import pytest

from bench.statistics.ranks import FEWEST
from bench.suites import EVERY, SUITES
from bench.tables.overview import FIGURE, write_overview

ALL = [SUITES[name] for name in EVERY]
NAMES = ("alpha", "beta", "gamma")


def hold(*records):
    return {suite.name: [one for one in records if one.setting.suite == suite.name] for suite in ALL}


def rows_of(text):
    lines = [line for line in re.sub(r"\[(\w+)\]\(\1\.md\)", r"\1", text).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def make_all(make_record, keys):
    return [
        make_record(name, (5 + place - number % 2) / 10, suite="fer4d", data_set=key, data_set_title=key.upper())
        for number, key in enumerate(keys)
        for place, name in enumerate(NAMES)
    ]


def test_every_suite_and_every_data_set_has_a_row_and_what_was_not_given_says_so(tmp_path, make_record):
    across = make_record("alpha", suite="cross", data_set="bp4d", protocol="bu4dfe_bp4d")
    shown = write_overview(tmp_path, ALL, hold(*make_all(make_record, ["bu4dfe"]), across))
    rows = rows_of((tmp_path / "all.md").read_text())
    assert len(rows) == len(shown.splitlines()) - 2
    missing = {(row[0], row[1]) for row in rows if row[6].startswith("not run: no data given")}
    wanted = {(suite.name, title) for suite in ALL for title in suite.data_sets.values()}
    assert wanted - missing == {("fer4d", "BU-4DFE"), ("cross", "BU-4DFE"), ("cross", "BP4D")}
    assert next(row for row in rows if row[0] == "ablation")[6] == "not run: no data of its own"
    assert "[fer4d](fer4d.md)" in (tmp_path / "all.md").read_text()
    (own,) = [row for row in rows if row[0] == "fer4d" and row[5] != "-"]
    assert own[5] == "3 of 3"
    assert own[7] == "accuracy 70.0" and own[6].startswith("Gamma")


def test_what_could_not_be_measured_says_why(tmp_path, make_record):
    gone = {"metrics": {}, "predictions": (), "groups": (), "failed": True}
    record = make_record("alpha", reason="1 subject(s) cannot make 10 folds", **gone)
    write_overview(tmp_path, ALL, hold(record))
    row = next(row for row in rows_of((tmp_path / "all.md").read_text()) if row[0] == "fer4d")
    assert row[5:] == ["0 of 1", "failed: 1 subject(s) cannot make 10 folds", "-"]


@pytest.mark.parametrize("count", [FEWEST - 1, FEWEST])
def test_ranks_are_drawn_where_data_sets_are_enough_and_their_limits_are_told(tmp_path, make_record, count):
    keys = ["bu4dfe", "bp4d", "ict"][:count]
    write_overview(tmp_path, ALL, hold(*make_all(make_record, keys)))
    text = (tmp_path / "all.md").read_text()
    assert (FIGURE.as_posix() in text) is (tmp_path / FIGURE).is_file() is (count == FEWEST)
    assert ("no pair could be told apart here" in text) is (count == FEWEST)


def test_same_records_same_bytes_and_a_figure_is_drawn_once(tmp_path, make_record):
    held = hold(*make_all(make_record, ["bu4dfe", "bp4d", "ict"]))
    write_overview(tmp_path, ALL, held)
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in (tmp_path / "figures").iterdir()}
    first = (tmp_path / "all.md").read_bytes()
    write_overview(tmp_path, ALL, held)
    assert (tmp_path / "all.md").read_bytes() == first
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in (tmp_path / "figures").iterdir()} == before
