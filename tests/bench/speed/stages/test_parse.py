"""The peers of the parsing stage read what our readers read, and a difference of one bit is seen."""

import numpy as np
import pytest

from bench.speed.peers.parsers import OBJ_PEERS, VRML_PEERS, read_with_split
from bench.speed.scans import make_scan
from bench.speed.stages import parse
from smile.data.formats.obj import read_obj, write_obj
from smile.data.formats.vrml import read_vrml, write_vrml


@pytest.mark.slow
@pytest.mark.parametrize("name", VRML_PEERS)
def test_peers_of_vrml_read_the_same(tmp_path, name):
    if name == "polars":
        pytest.importorskip("polars")
    path = tmp_path / "000.wrl"
    write_vrml(path, make_scan(step=6.0), "")
    assert parse._equal(read_vrml(path), VRML_PEERS[name](path))


@pytest.mark.slow
def test_trimesh_reads_the_same(tmp_path):
    path = tmp_path / "000.obj"
    write_obj(path, make_scan(step=6.0), "")
    assert parse._equal(read_obj(path), OBJ_PEERS["trimesh"](path))


@pytest.mark.slow
def test_a_bit_that_differs_is_seen(tmp_path):
    path = tmp_path / "000.wrl"
    write_vrml(path, make_scan(step=6.0), "")
    arrays = read_with_split(path)
    for points, corners in ((0, 1), (2, 3)):
        changed = [array.copy() for array in arrays]
        used = (changed[corners][0, 0], 0)
        changed[points][used] = np.nextafter(changed[points][used], np.float32(9))
        assert not parse._equal(read_vrml(path), tuple(changed))
