"""A peer is what a user would write: it knows nothing of the stage that times it."""

import pytest

from tests.places import ROOT

PEERS = sorted((ROOT / "bench" / "speed" / "peers").glob("*.py"))


@pytest.mark.parametrize("file", PEERS, ids=lambda file: file.stem)
def test_a_peer_imports_no_stage(file):
    assert "bench.speed.stages" not in file.read_text()
