"""The one place of every default: overriding, reading text, refusing what does not fit."""

import dataclasses

import pytest

from smile.config import Config, config_hash, flatten, from_dict, override, parse_changes, to_dict
from smile.errors import UserError


def test_override_changes_one_leaf_and_leaves_the_original_alone():
    config = Config()
    changed = override(config, {"losses.alignment.weight": 0.25})
    differing = {k for k, v in flatten(changed).items() if flatten(config)[k] != v}
    assert differing == {"losses.alignment.weight"}
    assert config == Config()


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("training.epochs", "7", 7),
        ("training.learning_rate", "3e-4", 3e-4),
        ("losses.alignment.per_view", "false", False),
        ("rendering.channels", "depth, normals", ("depth", "normals")),
        ("model.fusion", "mean", "mean"),
    ],
)
def test_text_is_read_as_the_type_of_the_field(key, text, value):
    assert flatten(override(Config(), {key: text}))[key] == value


@pytest.mark.parametrize("key", ["training.epochs", "training.learning_rate", "losses.alignment.per_view"])
def test_a_value_that_does_not_fit_is_refused_with_the_key(key):
    with pytest.raises(UserError, match=key):
        override(Config(), {key: "many"})


def test_half_an_epoch_is_refused_rather_than_rounded():
    with pytest.raises(UserError, match=r"training\.epochs"):
        override(Config(), {"training.epochs": 2.5})


def test_a_misspelt_key_names_the_closest():
    with pytest.raises(UserError, match=r"did you mean 'losses\.alignment\.weight'"):
        override(Config(), {"losses.alignment.wieght": 1})


@pytest.mark.parametrize("key", ["losses", "losses.alignment", "training.epochs.more", ""])
def test_a_key_that_is_no_leaf_is_refused(key):
    with pytest.raises(UserError):
        override(Config(), {key: 1})


def test_a_config_survives_json():
    config = override(Config(), {"rendering.channels": "depth", "training.seed": 5})
    assert from_dict(to_dict(config)) == config


def differ(key, value):
    """Another value of the same kind."""
    if isinstance(value, tuple):
        return (*value, 7.5 if key in ("rendering.yaws", "rendering.pitches") else "x")
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}x"


def test_the_hash_depends_on_every_leaf():
    hashes = {config_hash(Config())}
    for key, value in flatten(Config()).items():
        hashes.add(config_hash(override(Config(), {key: differ(key, value)})))
    assert len(hashes) == 1 + len(flatten(Config()))


def test_every_setting_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().training.epochs = 3  # type: ignore[misc]


def test_set_options_become_changes():
    assert parse_changes(["a.b=1", "c=x=y"]) == {"a.b": "1", "c": "x=y"}


def test_a_set_option_without_a_value_is_refused():
    with pytest.raises(UserError, match="--set training"):
        parse_changes(["training.epochs"])
