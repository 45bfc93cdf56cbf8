"""A method of one's own joins without touching the project, and a mistake in its name is one line."""

import dataclasses
import re
import sys
from importlib import metadata

import numpy as np
import pytest

from bench.methods import METHODS, outside
from bench.methods.method import Method, fit_blind
from smile.config import Config, override
from smile.errors import UserError
from tests.places import ROOT

EXAMPLE = re.search(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)[1]
SMALL = override(Config(), {"training.epochs": 1, "training.batch_size": 9})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with the example of CONTRIBUTING.md; afterwards, METHODS is as before."""
    monkeypatch.chdir(tmp_path)
    before = dict(METHODS)
    monkeypatch.delitem(sys.modules, "my_method_of_test", raising=False)
    (tmp_path / "my_method_of_test.py").write_text(EXAMPLE)
    yield tmp_path
    sys.modules.pop("my_method_of_test", None)
    for name in set(METHODS) - set(before):
        del METHODS[name]


@pytest.mark.usefixtures("folder")
def test_the_example_of_the_documents_is_short_and_equals_the_method_of_the_project(make_views):
    assert len(EXAMPLE.splitlines()) <= 30
    (name,) = outside.adopt(["my_method_of_test:METHOD"], [])
    assert name == "my_method_of_test.METHOD"
    views = make_views(subjects=3, size=16)
    own, ours, other = (
        fit_blind(METHODS[one], views, SMALL, lambda *_: None).embed(views) for one in (name, "vicreg", "simclr")
    )
    # The optimiser makes much of a rounding where a gradient is next to nothing.
    assert np.abs(own - ours).mean() < 1e-4 < 1e-2 < np.abs(own - other).mean()


def test_another_text_of_the_module_is_another_source(folder):
    outside.adopt(["my_method_of_test:METHOD"], [])
    first = METHODS["my_method_of_test.METHOD"].source
    (folder / "my_method_of_test.py").write_text(EXAMPLE + "\n# changed\n")
    outside.adopt(["my_method_of_test:METHOD"], [])
    assert first and METHODS["my_method_of_test.METHOD"].source not in (first, "")


@pytest.mark.usefixtures("folder")
def test_an_entry_point_of_a_package_is_a_name(monkeypatch):
    entry = metadata.EntryPoint("mine", "my_method_of_test:METHOD", outside.GROUP)
    monkeypatch.setattr(outside.metadata, "entry_points", lambda group: [entry] if group == outside.GROUP else [])
    assert outside.adopt(["mine", "vicreg", "mine"], []) == ("mine", "vicreg")
    assert METHODS["mine"].title == "VICReg, mine"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("vicregg", "unknown method 'vicregg': did you mean 'vicreg'"),
        ("no_module_of_test:METHOD", "there is no such module"),
        (":", "--method ':': say MODULE:NAME, as in --method mypackage.mymodule:METHOD"),
        ("../my_method:METHOD", "say MODULE:NAME"),
        (".my_method:METHOD", "say MODULE:NAME"),
        ("my method:METHOD", "say MODULE:NAME"),
        ("my_method_of_test:", "say MODULE:NAME"),
        ("/etc/passwd:x", "say MODULE:NAME"),
        ("my_method_of_test:METHODS", "has no 'METHODS'"),
        ("my_method_of_test:SelfLearner", "is no bench.methods.method.Method"),
    ],
)
def test_what_is_no_method_is_said_in_one_line(named, message):
    with pytest.raises(UserError, match=message) as caught:
        outside.adopt([named], [])
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("folder")
def test_a_title_that_is_taken_is_refused(monkeypatch):
    monkeypatch.setattr(outside, "_load", lambda _: dataclasses.replace(METHODS["pixels"], source="s"))
    with pytest.raises(UserError, match="two methods are called 'Raw pixels'"):
        outside.adopt(["a:B"], [])
    assert isinstance(METHODS["pixels"], Method)
