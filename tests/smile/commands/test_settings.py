"""Every setting is listed with what a user needs to choose a value."""

import pytest

from smile.commands.settings import list_settings
from smile.config import Config, flatten
from smile.run import main


def test_every_setting_is_listed_once_with_default_and_meaning():
    listed = list(list_settings())
    assert [one.key for one in listed] == list(flatten(Config()))
    assert [one.key for one in listed if not one.meaning] == []
    assert [one.key for one in listed if not one.default] == []


@pytest.mark.parametrize(
    ("key", "default", "allowed", "meaning"),
    [
        ("rendering.image_size", "64", "whole number, 8 to 4096", "pixels, width and height"),
        ("rendering.pitches", "0.0", "several, by commas; each -89 to 89", "degrees above"),
        ("model.freeze_image", "false", "true | false", "True: the image tower does not learn"),
        ("captions.arm", "geometry", "none | geometry | pseudo | label", "The source of sentences. geometry:"),
        ("captions.pseudo", "motion", "", "what guesses a class"),
        ("losses.alignment.temperature", "0.07", "more than 0", "start value, then learnt"),
    ],
)
def test_comments_behind_and_above_a_setting_are_its_meaning(key, default, allowed, meaning):
    (found,) = (one for one in list_settings() if one.key == key)
    assert (found.default, found.allowed) == (default, allowed)
    assert found.meaning.startswith(meaning) and "#" not in found.meaning


def test_a_group_is_asked_for_by_its_name(capsys):
    assert main(["settings", "losses.redundancy"]) == 0
    out = capsys.readouterr().out
    assert "losses.redundancy.diagonal = true   (true | false)" in out and "rendering" not in out
    assert max(map(len, out.splitlines())) <= 100
    assert main(["settings", "captoins"]) == 2
    assert "unknown group of settings 'captoins': did you mean 'captions'?" in capsys.readouterr().err
