"""A red row is printed in every table with its reason; it is never bold, never first, and no reference."""

import csv
import io

import pytest

from bench.audit.alarm import Alarm
from bench.page.content import collect
from bench.page.gallery import Gallery
from bench.suites import SUITES
from bench.tables.formats import FORMATS, render_format
from bench.tables.leaderboard import group_records
from bench.tables.matrix import cross
from bench.tables.overview import rank_boards

FER4D = SUITES["fer4d"]
WHY = "3 scans tested and taught under another person's name"


@pytest.fixture
def records(make_record):
    """The red one has the best numbers, and is the suite's reference."""
    return [
        make_record("smile_geometry", 0.9, family="vision-language", audit=(Alarm("scans", "red", WHY),)),
        make_record("beta", 0.7),
        make_record("gamma", 0.4, audit=(Alarm("captions", "amber", "captions | tell much"),)),
        make_record("pixels", 0.3, family="floor"),
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_prints_the_red_row_and_its_reason(records, form):
    text = " ".join(render_format(form, FER4D, records).replace("\\_", "_").split())
    assert "Smile_Geometry" in text or "smile_geometry" in text
    assert WHY in text and "captions" in text


def test_a_red_row_is_last_and_nothing_is_measured_by_it(records):
    (board,) = group_records(FER4D, records)
    assert [one.first.method for one in board.standings] == ["beta", "gamma", "pixels", "smile_geometry"]
    assert "smile_geometry" not in board.tie_groups and "smile_geometry" not in board.tied
    assert [one.first.method for one in board.fair] == ["beta", "gamma", "pixels"]
    assert board.rivals == () and [record.method for record, _ in cross([board])][-1] == "smile_geometry"
    assert set(rank_boards([board])[1]) == {"beta", "gamma", "pixels"}
    markdown = render_format("markdown", FER4D, records)
    assert "**90.0**" not in markdown and "[90.0](" in markdown and "(red)" in markdown
    assert "**70.0**" in markdown, "the best of the others is bold"
    assert "minus Smile_Geometry" not in markdown
    assert "| **red**" in markdown and "captions \\| tell much" in markdown


def test_the_terminal_gives_it_no_number(records):
    lines = render_format("terminal", FER4D, records).splitlines()
    (red,) = [line for line in lines if "Smile_Geometry " in line and "90.0" in line]
    assert red.startswith("--") and "90.0*" not in red
    assert f"Audit, red: Smile_Geometry: {WHY}" in lines
    assert all(len(line) <= 100 for line in lines)


def test_programs_read_colour_and_reason(records):
    rows = list(csv.DictReader(io.StringIO(render_format("csv", FER4D, records))))
    told = {row["method"]: (row["audit"], row["reason"]) for row in rows}
    assert told["smile_geometry"] == ("red", WHY) and told["gamma"][0] == "amber" and told["beta"] == ("green", "")
    page = collect({"fer4d": (FER4D, records)}, Gallery())
    shown = {row["method"]: row for row in page["boards"][0]["rows"]}
    assert (shown["smile_geometry"]["audit"], shown["smile_geometry"]["alarms"]) == ("red", WHY)
    assert shown["smile_geometry"]["best"] == [] and shown["beta"]["best"]


def test_a_table_of_red_rows_alone_has_no_best(make_record):
    red = (Alarm("scans", "red", WHY),)
    records = [make_record("alpha", 0.9, audit=red), make_record("beta", 0.7, audit=red)]
    (board,) = group_records(FER4D, records)
    assert (board.fair, board.overviews, board.tied) == ((), {}, frozenset())
    for form in FORMATS:
        assert WHY in " ".join(render_format(form, FER4D, records).split())


def test_rows_with_one_fault_share_a_line(make_record):
    red = (Alarm("scans", "red", WHY),)
    records = [make_record(name, 0.9, audit=red) for name in ("alpha", "beta")] + [make_record("gamma")]
    lines = render_format("terminal", FER4D, records).splitlines()
    assert f"Audit, red: Alpha, Beta: {WHY}" in lines
