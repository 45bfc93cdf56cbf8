"""Published numbers stand beside ours on recordings alone, marked, with source and protocol, and nothing ranks both."""

import re

import pytest

from bench.suites import SUITES
from bench.tables.literature.published import PUBLISHED, SOURCES
from bench.tables.markdown import render

FER3D, MER4D = SUITES["fer3d"], SUITES["mer4d"]
REAL = {"data_set": "bu3dfe", "data_set_title": "BU-3DFE", "stand_in": ""}


def rows_beside(text):
    """Cells of each row of the table beside the literature, links as they are shown."""
    part = text.partition("beside the literature")[2].partition("\n## ")[0]
    lines = [line for line in re.sub(r"\[([^][]*)\]\([^)]*\)", r"\1", part).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_ours_and_theirs_share_a_table_each_with_its_mark(make_record):
    records = [
        make_record("alpha", 0.5, protocol="bu3dfe_p1", **REAL),
        make_record("beta", 0.9, protocol="bu3dfe_p1", **REAL),
        make_record("beta", 0.8, protocol="bu3dfe_p2_reduced", reduced="30 of 100 subjects", **REAL),
    ]
    text = render(FER3D, records)
    rows = rows_beside(text)
    marks = [(row[0], row[1], row[5]) for row in rows]
    assert marks[:3] == [
        ("R", "Beta", "bu3dfe_p1"),
        ("R", "Alpha", "bu3dfe_p1"),
        ("P", "Yang et al., scattering", "P1: 60 fixed subjects, 100 x 10-fold"),
    ]
    assert ("R\\*", "Beta", "bu3dfe_p2_reduced") in marks
    published = [entry for entry in PUBLISHED if entry.data_set == "bu3dfe"]
    assert sorted(row[7] for row in rows if row[0] == "P") == sorted(f"{100 * one.value:.2f}" for one in published)
    assert all(row[8] in SOURCES for row in rows if row[0] == "P")
    assert not any("**" in cell for row in rows for cell in row), "nothing is best here"


def test_numbers_that_stand_beside_ours_do_not_stand_apart_a_second_time(make_record):
    text = render(FER3D, [make_record(protocol="bu3dfe_p1", **REAL)])
    assert text.count("OGF2Net (Lin et al.)") == 3, "two of BU-3DFE, one of Bosphorus, which is not measured"
    assert "SMILE-VLM (published)" in text.partition("## From the literature")[2]


@pytest.mark.parametrize("change", [{"stand_in": "synthetic"}, {"condition": "noisy"}, {"probe": "nearest"}])
def test_made_faces_and_other_tests_never_share_a_table_with_published_numbers(make_record, change):
    text = render(FER3D, [make_record(**{**REAL, "protocol": "bu3dfe_p1", **change})])
    assert "beside the literature" not in text
    assert "Yang et al." in text.partition("## From the literature")[2]


def test_micro_expressions_are_held_against_uf1(make_record):
    real = {**REAL, "data_set": "fourdme", "data_set_title": "4DME", "multilabel": True}
    rows = rows_beside(render(MER4D, [make_record("alpha", 0.5, protocol="fourdme_5class", **real)]))
    assert [(row[0], row[6], row[7]) for row in rows] == [
        ("P", "macro UF1", "53.60"),
        ("R\\*", "macro UF1", "50.0 [40.0, 60.0]"),
    ]
