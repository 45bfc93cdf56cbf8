"""A tested subject that was seen before is refused."""

import pytest

from bench.audit.overlap import Leak, refuse_leak, refuse_overlap


def test_strangers_pass():
    refuse_leak(["F001"], ["F002", "F002"], "pretraining")


def test_a_shared_subject_is_refused_by_name():
    with pytest.raises(Leak, match=r"1 tested subject\(s\) were seen in pretraining: F002"):
        refuse_leak(["F001", "F002"], ["F002", "F002", "F003"], "pretraining")


def test_folds_that_share_nobody_pass_and_a_subject_in_two_is_refused():
    refuse_overlap([("F001", "F002"), ("F003",), ()])
    with pytest.raises(Leak, match="another fold of the round: F002"):
        refuse_overlap([("F001", "F002"), ("F003",), ("F002",)])
