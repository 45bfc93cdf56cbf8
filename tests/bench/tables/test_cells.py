"""Cells of tables show names as people wrote them."""

import re

import pytest

from bench.tables.cells import tabulate_rows

NAMES = ["Asian | Pacific", "a|b|", "|", "plain", 7]


@pytest.mark.parametrize("name", NAMES)
def test_a_bar_in_a_name_parts_no_cells_in_markdown(name):
    lines = tabulate_rows([(name, "x"), ("y", name)], ("method", f"{name} (2 subjects)")).splitlines()
    assert len(lines) == 4
    for line in lines:
        cells = re.split(r"(?<!\\)\|", line)
        assert len(cells) == 4 and cells[0] == cells[-1] == "", line
    assert re.split(r"(?<!\\)\|", lines[2])[1].strip().replace("\\|", "|") == str(name)


def test_other_forms_have_cells_as_they_are():
    assert "Asian | Pacific" in tabulate_rows([("Asian | Pacific",)], ("ancestry",), "plain")
