"""What --data names is opened, and a wrong name or form is answered with the right one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from smile.data.face import Scan
from smile.data.formats.vrml import write_vrml
from smile.errors import UserError
from smile.sources import DEFAULT, Source, open_source, parse_source
from smile.stand_ins.cast import Cast, Program


def test_the_option_is_taken_apart():
    assert parse_source("bu4dfe=/data/BU 4DFE") == Source("bu4dfe", Path("/data/BU 4DFE"))
    assert parse_source("bu4dfe=a=b").place == Path("a=b")
    assert parse_source("ict=~/faces") == Source("ict", Path.home() / "faces")
    assert parse_source("ict").place is None
    assert parse_source("synthetic") == DEFAULT


def test_words_after_the_name_say_how_made_faces_act_and_look():
    source = parse_source("ict:blended:posed=a:b")
    assert source == Source("ict", Path("a:b"), performance="posed", identities="blended")
    assert source.key == "ict-posed-blended"
    assert parse_source("synthetic:textbook:modes") == DEFAULT
    assert DEFAULT.key == "synthetic"
    made = open_source(parse_source("synthetic:theories"), Cast(1, Program(frames=2)))
    assert made.name == parse_source("synthetic:theories").key and "theories" in made.title


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("synthetic:theorys", "did you mean 'theories'"),
        ("synthetic:", "unknown word"),
        ("synthetic:posed:theories", "says twice how they are made: posed and theories"),
        ("bu4dfe:posed=x", "only synthetic, ict take words"),
    ],
)
def test_a_wrong_word_is_refused(text, said):
    with pytest.raises(UserError, match=said):
        parse_source(text)


def test_a_set_on_disk_and_made_faces_open_alike(tmp_path):
    folder = tmp_path / "F001" / "Happy"
    folder.mkdir(parents=True)
    write_vrml(folder / "000.wrl", Scan(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32)), "")
    assert open_source(parse_source(f"bu4dfe={tmp_path}")).subjects == ("F001",)
    made = open_source(DEFAULT, Cast(2, Program(acts=(("fear",),), frames=4), seed=7))
    assert (made.stand_in, [len(clip.frames) for clip in made.clips]) == ("synthetic", [4, 4])
    assert (
        made.clips[0].content_key != open_source(DEFAULT, Cast(2, Program((("fear",),), frames=4))).clips[0].content_key
    )


def test_ict_is_found_by_its_variable_or_asked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("ICT_FACEKIT", raising=False)
    with pytest.raises(UserError, match="--data ict=DIR"):
        open_source(Source("ict"))
    monkeypatch.setenv("ICT_FACEKIT", str(tmp_path / "kit"))
    with pytest.raises(UserError, match="kit"):
        open_source(Source("ict"))


@pytest.mark.parametrize("text", ["bu4dfe", "bu4dfe=", "ict="])
def test_an_option_without_a_place_is_refused(text):
    with pytest.raises(UserError, match=f"{text.rstrip('=')}=DIR"):
        parse_source(text)


def test_a_maker_that_needs_no_place_takes_none():
    with pytest.raises(UserError, match="write --data synthetic"):
        parse_source("synthetic=somewhere")


@pytest.mark.parametrize("text", ["bu4fde=x", "BU4DFE=x", "/data/bu4dfe", "=x", ""])
def test_a_misspelt_data_set_is_refused_with_the_known_ones(text):
    with pytest.raises(UserError, match=r"unknown data set.*bu4dfe"):
        parse_source(text)


def test_a_folder_without_the_name_of_a_data_set_is_answered_with_the_form(tmp_path):
    with pytest.raises(UserError, match=f"say which one lies there, as in --data bu4dfe={tmp_path}"):
        parse_source(str(tmp_path))


@pytest.mark.parametrize("field", ["id", "subject"])
def test_a_name_that_no_text_can_say_is_refused_at_the_door(tmp_path, monkeypatch, field):
    folder = tmp_path / "F001" / "Happy"
    folder.mkdir(parents=True)
    write_vrml(folder / "000.wrl", Scan(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32)), "")
    whole = open_source(parse_source(f"bu4dfe={tmp_path}"))
    for name, sound in (("Jos\udce9", False), ("José", True)):
        told = replace(whole, clips=tuple(replace(clip, **{field: name}) for clip in whole.clips))
        monkeypatch.setattr("smile.sources.read_data_set", lambda *_, told=told: told)
        if sound:
            assert open_source(parse_source(f"bu4dfe={tmp_path}")) is told
            continue
        with pytest.raises(UserError, match=r"has a name that is not UTF-8; rename its folder or file") as error:
            open_source(parse_source(f"bu4dfe={tmp_path}"))
        assert str(error.value).encode()
