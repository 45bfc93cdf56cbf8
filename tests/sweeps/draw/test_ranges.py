from dataclasses import asdict

import pytest

from smile.errors import UserError
from sweeps.draw.ranges import Among, LogUniform, Uniform, parse_range, read_ranges
from sweeps.draw.searcher import distributions
from sweeps.studies import STUDIES, Study, find_study


@pytest.mark.parametrize(
    ("option", "found"),
    [
        ("losses.alignment.weight=0.1:10:log", LogUniform(0.1, 10.0)),
        ("training.augmentation=0:2", Uniform(0.0, 2.0)),
        ("rendering.view_count=1, 3,5,3", Among((1, 3, 5))),
        ("model.fusion=gate,mean", Among(("gate", "mean"))),
    ],
)
def test_a_range_is_read_and_survives_the_record_of_an_experiment(option, found):
    key, values = parse_range(option)
    assert (key, values) == (option.partition("=")[0], found)
    assert read_ranges({key: asdict(values)}) == {key: found}
    space = distributions(Study("", {key: values}, {}))[key]
    assert getattr(space, "choices", None) == getattr(found, "values", None)
    assert getattr(space, "log", False) == isinstance(found, LogUniform)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("losses.alignment.weight", "say its values"),
        ("losses.alignment.weight=1:2:3:4", "say its values"),
        ("losses.alignment.weight=1:2:lin", "say its values"),
        ("losses.alignment.weight=10:1", "must be the smaller one"),
        ("losses.alignment.weight=0:1:log", "0 has no logarithm"),
        ("losses.algnment.weight=0:1", "did you mean 'losses.alignment.weight'?"),
        ("rendering.view_count=1:5", "list its values"),
        ("rendering.view_count=1,many", "is not a whole number"),
        ("rendering.view_count=1,99", "choose 1 to 15"),
    ],
)
def test_a_range_that_cannot_be_searched_is_one_error(option, said):
    with pytest.raises(UserError) as caught:
        parse_range(option)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_range_of_the_user_replaces_that_of_the_study_or_joins_it():
    wider = find_study("view_counts", {"rendering.view_count": Among((3, 9)), "losses.alignment.weight": Uniform(1, 2)})
    assert wider.ranges["rendering.view_count"] == Among((3, 9))
    assert set(wider.ranges) == {"rendering.view_count", "losses.alignment.weight"}
    assert STUDIES["view_counts"].ranges == {"rendering.view_count": Among((1, 3, 5, 7))}


def test_values_with_commas_are_told_apart():
    assert str(Among((1, 3, 5))) == "one of 1, 3, 5"
    assert str(Among(("0", "0,20,-20"))) == "one of 0; 0,20,-20"
