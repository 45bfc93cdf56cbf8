"""The one place of every default: overriding, reading text, refusing what does not fit."""

import dataclasses

import pytest

from smile.captions.arms import ARMS, LABEL
from smile.config import Config, check_settings, config_hash, flatten, from_dict, override, parse_changes, to_dict
from smile.errors import UserError, unknown
from smile.losses.alignment import CONTRASTS
from smile.losses.axes import AXES
from smile.rendering.raster.cameras import YAWS
from smile.rendering.raster.engines import ENGINES


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


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("training.epochs", "abc", "setting 'training.epochs': 'abc' is not a whole number, such as 60"),
        ("training.epochs", 2.5, "setting 'training.epochs': 2.5 is not a whole number, such as 60"),
        ("training.learning_rate", "fast", "setting 'training.learning_rate': 'fast' is not a number, such as 0.001"),
        ("training.compile", "perhaps", "setting 'training.compile': 'perhaps' is not true or false, such as false"),
        (
            "rendering.pitches",
            "0,up",
            "setting 'rendering.pitches': '0,up' is not numbers separated by commas, such as 0.0",
        ),
        ("training.epochs", "-3", "setting 'training.epochs' is -3; choose at least 1"),
        ("training.epochs", float("inf"), "setting 'training.epochs': inf is not a whole number, such as 60"),
        ("training.batch_size", 0, "setting 'training.batch_size' is 0; choose at least 2"),
        ("training.augmentation", "-1", "setting 'training.augmentation' is -1; choose at least 0"),
        ("training.warmup", "1.5", "setting 'training.warmup' is 1.5; choose 0 to 1"),
        ("training.learning_rate", "nan", "setting 'training.learning_rate' is nan; choose more than 0"),
        ("losses.alignment.temperature", "0", "setting 'losses.alignment.temperature' is 0; choose more than 0"),
        ("rendering.yaws", "0,190", "setting 'rendering.yaws' is 190; choose -180 to 180"),
        ("model.fusion", "gat", "unknown model.fusion 'gat': did you mean 'gate'? known: attention, gate, mean"),
        (
            "losses.alignment.kind",
            "sigmiod",
            "unknown losses.alignment.kind 'sigmiod': did you mean 'sigmoid'? known: axes, infonce, phrases, sigmoid",
        ),
        ("training.precision", "fp8", "unknown training.precision 'fp8': known: auto, bfloat16, float32"),
        ("rendering.engine", "", "unknown rendering.engine '': known: auto, numba, pyrender"),
    ],
)
def test_what_a_setting_cannot_be_is_refused_with_what_it_could(key, value, said):
    with pytest.raises(UserError) as caught:
        override(Config(), {key: value})
    assert str(caught.value) == said


def test_every_number_has_limits_and_every_default_is_within_its_own():
    check_settings(Config())
    for key, value in flatten(Config()).items():
        if isinstance(value, float):
            with pytest.raises(UserError, match=key.replace(".", r"\.")):
                override(Config(), {key: float("nan")})
        if isinstance(value, int) and not isinstance(value, bool):
            with pytest.raises(UserError, match=key.replace(".", r"\.")):
                override(Config(), {key: -1})


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("captions.arm", {*ARMS, LABEL}),
        ("losses.alignment.kind", {*AXES, *CONTRASTS}),
        ("rendering.engine", {*ENGINES, "auto"}),
    ],
)
def test_a_choice_is_among_the_words_of_the_table_that_it_names(key, names):
    with pytest.raises(UserError) as caught:
        override(Config(), {key: "of nobody"})
    assert str(caught.value).partition("known: ")[2] == ", ".join(sorted(names))


def test_as_many_views_can_be_asked_for_as_there_are_yaws():
    override(Config(), {"rendering.view_count": len(YAWS)})
    with pytest.raises(UserError, match=f"choose 1 to {len(YAWS)}"):
        override(Config(), {"rendering.view_count": len(YAWS) + 1})


def test_the_hash_of_the_defaults_is_what_it_was():
    # Finished runs and caches are found by it: a change of the defaults changes it, a change of the program must not.
    assert config_hash(Config()) == "b77e8a7348d374f5"


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


CHOICES = {
    "captions.arm": "none",
    "losses.alignment.kind": "sigmoid",
    "model.background": "kept",
    "model.fusion": "mean",
    "rendering.back_faces": "culled",
    "rendering.engine": "auto",
    "rendering.projection": "perspective",
    "training.precision": "float32",
}


def differ(key, value):
    """Another value of the same kind."""
    if isinstance(value, tuple):
        return (*value, 7.5 if key in ("rendering.yaws", "rendering.pitches") else "x")
    if isinstance(value, bool):
        return not value
    if key in CHOICES:
        return CHOICES[key]
    if isinstance(value, int):
        return value + 1
    return value / 2 + 0.1 if isinstance(value, float) else f"{value}x"


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


def test_of_many_names_only_the_closest_are_listed():
    said = str(unknown("method", "pixel", ["pixels", "pointnet", *(f"method_{number}" for number in range(40))]))
    assert said.startswith("unknown method 'pixel': did you mean 'pixels'? closest of 42: pixels")
    assert "method_7" not in said
    far = str(unknown("method", "zzz", [f"method_{number:02}" for number in range(400)]))
    assert "method_07" in far and "388 more" in far and len(far) < 400, "nothing is close"
