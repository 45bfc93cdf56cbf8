"""Pictures of wrong clips: of generated faces by default, of recordings where asked, never too many."""

import base64
import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from bench.answer import Answer
from bench.page import gallery as module
from bench.page.content import collect
from bench.page.gallery import ABSENT, CHANGED, FULL, UNWANTED, WITHHELD, Gallery, draw_picture, embed_pictures
from bench.page.page import render_page
from bench.suites import SUITES


@pytest.fixture
def faces(make_views):
    return make_views(subjects=2, size=32, planes=("normals",) * 3 + ("movement_depth",), images=make_images(12))


def make_images(count):
    """Patches of 8 pixels: a JPEG keeps them, and would not keep noise."""
    patches = np.random.default_rng(0).integers(0, 255, (count, 2, 4, 4, 4), dtype=np.uint8)
    return patches.repeat(8, axis=3).repeat(8, axis=4)


def record_of(make_record, faces, wrong=("F001/anger", "F002/fear"), **changes):
    answers = [
        Answer(clip.id, clip.subject, 0, clip.labels, ("sadness",) if clip.id in wrong else clip.labels)
        for clip in faces.clips
    ]
    return make_record(predictions=tuple(answers), **{"data_hash": faces.content_hash(), **changes})


def test_the_clips_that_are_told_wrong_have_a_picture_and_no_other(make_record, faces):
    record = record_of(make_record, faces)
    pictures, full = embed_pictures(Gallery.of([faces]), [record])
    assert list(pictures) == [faces.content_hash()] and not full
    assert set(pictures[faces.content_hash()]) == {"F001/anger", "F002/fear"}


def test_a_picture_shows_the_channels_of_the_first_view_side_by_side(faces):
    kind, _, text = draw_picture(faces, 3).partition(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(text))) as picture:
        assert picture.size == (64, 32)
        shown = np.asarray(picture.convert("RGB"), dtype=float)
    normals, depth = faces.images[3, 0, :3].transpose(1, 2, 0), faces.images[3, 0, 3]
    for left, right, wanted in ((0, 32, normals.mean(axis=2)), (32, 64, depth)):
        assert np.corrcoef(shown[:, left:right].mean(axis=2).ravel(), wanted.ravel())[0, 1] > 0.9


def test_a_large_picture_is_made_small(make_views):
    views = make_views(subjects=1, images=np.zeros((6, 1, 1, 224, 224), np.uint8))
    with Image.open(io.BytesIO(base64.b64decode(draw_picture(views, 0).partition(",")[2]))) as picture:
        assert picture.size == (56, 56)


def test_recordings_are_shown_only_where_the_user_asks(make_record, faces):
    recorded = dataclasses.replace(faces, stand_in="")
    record = record_of(make_record, recorded, stand_in="")
    suite = {"fer4d": (SUITES["fer4d"], [record])}
    page = render_page(suite, Gallery.of([recorded]))
    assert "data:image/jpeg" not in page and WITHHELD in page
    assert "data:image/jpeg" in render_page(suite, Gallery.of([recorded], "all"))
    assert "data:image/jpeg" not in render_page(suite, Gallery.of([recorded], "none"))


def test_a_record_without_pictures_says_why(make_record, faces):
    gallery, other = Gallery.of([faces]), Gallery.of([])
    record = record_of(make_record, faces)
    changed = record_of(make_record, faces, condition="occluded", data_hash="another")
    assert [gallery.explain(record), gallery.explain(changed), other.explain(record)] == ["", CHANGED, ABSENT]
    assert Gallery.of([faces], "none").explain(record) == UNWANTED
    assert other.explain(record_of(make_record, faces, stand_in="")) == WITHHELD


def test_the_clips_that_are_wrong_most_often_come_first_until_the_page_is_full(make_record, faces, monkeypatch):
    often = record_of(make_record, faces, wrong=("F002/fear",))
    both = record_of(make_record, faces, seed=1)
    gallery = Gallery.of([faces])
    size = len(draw_picture(faces, faces.clip_ids.index("F002/fear")))
    monkeypatch.setattr(module, "MOST_CHARACTERS", size)
    pictures, full = embed_pictures(gallery, [often, both])
    assert set(pictures[faces.content_hash()]) == {"F002/fear"} and full
    assert collect({"fer4d": (SUITES["fer4d"], [often, both])}, gallery)["full"] == FULL


def test_faces_of_other_data_have_no_place(make_record, faces):
    """The hash of a record names its pictures to the byte: a folder that changed shows nothing."""
    record = record_of(make_record, faces)
    changed = dataclasses.replace(faces, images=255 - faces.images)
    assert embed_pictures(Gallery.of([changed]), [record]) == ({}, False)


def test_equal_records_and_faces_give_equal_bytes(make_record, faces):
    suite = {"fer4d": (SUITES["fer4d"], [record_of(make_record, faces)])}
    assert render_page(suite, Gallery.of([faces])) == render_page(suite, Gallery.of([faces]))
