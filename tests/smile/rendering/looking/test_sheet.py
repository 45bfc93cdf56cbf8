import dataclasses

import numpy as np
import pytest

from smile.config import Rendering
from smile.errors import UserError
from smile.rendering.cache.cache import load_or_render
from smile.rendering.looking.sheet import SheetRow, contact_sheet, lay_out, name_sheet, scan_sheet
from tests.smile.rendering.faces import clip, data_set

CHANNELS = ("normals", "difference_depth")


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    small = Rendering(view_count=3, image_size=24, channels=CHANNELS, frames=4)
    return load_or_render(
        data_set(clip(seed) for seed in range(4)), small, tmp_path_factory.mktemp("cache"), lambda *_: None
    )


def holds(sheet, picture):
    """Where a picture [H, W, 3] stands on a sheet [H, W, 3], once and exactly."""
    height, width = picture.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(sheet, picture.shape)[:, :, 0]
    found = np.argwhere((windows == picture).all(axis=(2, 3, 4)))
    assert len(found) == 1 and height == width
    return tuple(found[0])


def test_a_sheet_shows_every_expression_channel_and_view(views):
    sheet = contact_sheet(views)
    assert sheet.mode == "RGB"
    picture = np.asarray(sheet)
    # Rows are happiness and sadness, the first two clips; columns three views of normals, then three of the difference.
    where = [
        [holds(picture, views.images[clip, view, :3].transpose(1, 2, 0)) for view in range(3)] for clip in range(2)
    ]
    where = [
        row + [holds(picture, views.images[clip, view, 3][..., None].repeat(3, axis=2)) for view in range(3)]
        for clip, row in enumerate(where)
    ]
    tops, lefts = np.array(where).transpose(2, 0, 1)
    assert (tops == tops[:, :1]).all() and (lefts == lefts[:1]).all()
    assert tops[1, 0] - tops[0, 0] > 24 and (np.diff(lefts[0]) > 24).all()
    # There is ink to the left of each row and above each column.
    assert (picture[tops[0, 0] :, : lefts[0, 0] - 4] < 100).any() and (picture[: tops[0, 0], lefts[0, 5] :] < 100).any()


def test_the_sheet_of_a_scan_has_a_row_a_channel(tmp_path):
    small = Rendering(view_count=5, image_size=24, static_channels=("depth", "normals", "curvedness"))
    views = load_or_render(data_set([clip(0, count=1)]), small, tmp_path, lambda *_: None)
    picture = np.asarray(scan_sheet(views))
    places = [holds(picture, views.images[0, view, 1:4].transpose(1, 2, 0)) for view in range(5)]
    depth = holds(picture, views.images[0, 0, :1].repeat(3, axis=0).transpose(1, 2, 0))
    assert len({top for top, _ in places}) == 1 and depth[0] < places[0][0] and depth[1] == places[0][1]


def test_words_of_two_lines_have_room_beside_small_pictures():
    green = (0, 200, 0)
    picture = np.full((20, 20, 3), green, np.uint8)
    sheet = np.asarray(
        lay_out("Faces", [("", ("front",))], [SheetRow(f"happiness\n{name}.obj", [picture]) for name in "abc"])
    )
    left = int(np.flatnonzero((sheet == green).all(axis=2).any(axis=0))[0])
    inked = (sheet[40:, : left - 4] < 160).any(axis=(1, 2))
    starts = np.flatnonzero(inked[1:] & ~inked[:-1])
    assert len(starts) == 6, "lines of text that do not touch"
    pictures = np.flatnonzero((sheet[:, left] == green).all(axis=1))
    assert len(pictures) == 60 and sheet[-1].min() == 255


def test_a_sheet_of_made_faces_says_so(views):
    assert name_sheet(views.title, "S00", views.stand_in) == "Heads, S00, stand-in: formula"
    plain = dataclasses.replace(views, stand_in="")
    titles = [np.asarray(contact_sheet(one))[:18, :200] for one in (views, plain)]
    assert (titles[0] != titles[1]).any()


def test_a_sheet_shows_the_subject_that_is_asked_for(views):
    first, second = (np.asarray(contact_sheet(views, subject)) for subject in ("S00", "S01"))
    assert (first != second).any()
    np.testing.assert_array_equal(first, np.asarray(contact_sheet(views)))


def test_a_sheet_of_what_is_not_there_is_an_error(views):
    with pytest.raises(UserError, match="S99"):
        contact_sheet(views, "S99")
