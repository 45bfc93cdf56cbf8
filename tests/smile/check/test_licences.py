"""Terms of the data: every reader's set has some, and a stand-in never has those of the set that it stands in for."""

import pytest

from smile.check.licences import licence_of
from smile.sets.readers import READERS
from smile.stand_ins.synthetic import make_synthetic


@pytest.mark.parametrize("name", sorted(set(READERS) - {"ict", "manifest"}))
def test_every_licensed_set_names_whose_terms_hold(name):
    assert "agreement" in licence_of(name, "")
    assert "agreement" not in licence_of(name, "synthetic")


def test_made_faces_are_free():
    assert licence_of("synthetic", make_synthetic(1, 2, 0).stand_in).endswith("MIT")
    assert licence_of("bu4dfe", "ICT-FaceKit").endswith("MIT")
    assert licence_of("mine", "") == "not stated"
