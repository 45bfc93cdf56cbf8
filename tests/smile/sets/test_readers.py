"""Data sets are named on the command line, and a wrong name or form is answered with the right one."""

from pathlib import Path

import numpy as np
import pytest

from smile.data.face import Scan
from smile.data.formats.vrml import write_vrml
from smile.errors import UserError
from smile.sets.readers import READERS, read_data_set, release_of


def test_a_data_set_is_read_by_its_name(tmp_path):
    folder = tmp_path / "F001" / "Happy"
    folder.mkdir(parents=True)
    write_vrml(folder / "000.wrl", Scan(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32)), "")
    data_set = read_data_set("bu4dfe", tmp_path)
    assert (data_set.name, data_set.title) == ("bu4dfe", READERS["bu4dfe"].title)
    assert data_set.subjects == ("F001",)


@pytest.mark.parametrize("name", ["bu4fde", "BU4DFE", ""])
def test_a_misspelt_data_set_is_refused_with_the_known_ones(name):
    with pytest.raises(UserError, match=r"unknown data set.*bu4dfe"):
        read_data_set(name, Path())


def test_the_counts_of_a_release_agree_with_each_other():
    for name in ("bu3dfe", "bu4dfe", "bp4d", "bp4dplus"):
        assert sum(release_of(name).expressions.values()) == release_of(name).clips
    emotions = {name: count for name, count in release_of("bosphorus").expressions.items() if name != "neutral"}
    assert sum(emotions.values()) == 453


def test_scans_of_the_users_own_have_no_release():
    assert release_of("manifest") is None and release_of("synthetic") is None
