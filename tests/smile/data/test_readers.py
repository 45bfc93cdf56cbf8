"""Data sets are named on the command line, and a wrong name or form is answered with the right one."""

from pathlib import Path

import numpy as np
import pytest

from smile.data.face import Scan
from smile.data.formats.vrml import write_vrml
from smile.data.readers import READERS, parse_data_option, read
from smile.errors import UserError


def test_a_data_set_is_read_by_its_name(tmp_path):
    folder = tmp_path / "F001" / "Happy"
    folder.mkdir(parents=True)
    write_vrml(folder / "000.wrl", Scan(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32)), "")
    data_set = read("bu4dfe", tmp_path)
    assert (data_set.name, data_set.title) == ("bu4dfe", READERS["bu4dfe"].title)
    assert data_set.subjects == ("F001",)


def test_the_option_is_taken_apart():
    assert parse_data_option("bu4dfe=/data/BU 4DFE") == ("bu4dfe", Path("/data/BU 4DFE"))
    assert parse_data_option("bu4dfe=a=b") == ("bu4dfe", Path("a=b"))
    assert parse_data_option("bu4dfe=~/faces")[1] == Path.home() / "faces"


@pytest.mark.parametrize("text", ["bu4dfe", "bu4dfe="])
def test_an_option_without_a_place_is_refused(text):
    with pytest.raises(UserError, match="bu4dfe=DIR"):
        parse_data_option(text)


@pytest.mark.parametrize("text", ["bu4fde=x", "BU4DFE=x", "/data/bu4dfe", "=x", ""])
def test_a_misspelt_data_set_is_refused_with_the_known_ones(text):
    with pytest.raises(UserError, match=r"unknown data set.*bu4dfe"):
        parse_data_option(text)
    with pytest.raises(UserError, match=r"unknown data set.*bu4dfe"):
        read(text.partition("=")[0], Path())


def test_a_folder_without_the_name_of_a_data_set_is_answered_with_the_form(tmp_path):
    with pytest.raises(UserError, match=f"say which one lies there, as in --data bu4dfe={tmp_path}"):
        parse_data_option(str(tmp_path))
