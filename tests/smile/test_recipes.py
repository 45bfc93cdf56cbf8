import json

import pytest

from smile.config import Config, override
from smile.errors import BadFile, UserError
from smile.recipes import recipe

SETTING = {"losses.alignment.weight": 2.0, "rendering.view_count": 5}


def test_a_confirmed_study_is_a_recipe(tmp_path, monkeypatch):
    (tmp_path / "weights.confirmed.json").write_text(json.dumps({"setting": SETTING, "seeds": 5}))
    assert recipe(f"from-study:{tmp_path}/weights") == override(Config(), SETTING)
    monkeypatch.setattr("smile.recipes.STUDIES", tmp_path)
    assert recipe("from-study:weights") == override(Config(), SETTING)


def test_a_study_that_was_not_confirmed_or_is_damaged_is_one_error(tmp_path):
    with pytest.raises(UserError, match=r"sweeps\.run confirm weights writes it"):
        recipe(f"from-study:{tmp_path}/weights")
    (tmp_path / "weights.confirmed.json").write_text('{"setting": 3}')
    with pytest.raises(BadFile, match="no group of settings"):
        recipe(f"from-study:{tmp_path}/weights")
    (tmp_path / "weights.confirmed.json").write_text('{"setting": {"losses.algnment.weight": 3}}')
    with pytest.raises(UserError, match="did you mean"):
        recipe(f"from-study:{tmp_path}/weights")
