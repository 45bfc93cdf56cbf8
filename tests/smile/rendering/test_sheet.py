import numpy as np
import pytest

from smile.config import Rendering
from smile.errors import UserError
from smile.rendering.cache import load_or_render
from smile.rendering.sheet import contact_sheet
from tests.smile.rendering.faces import clip, data_set

CHANNELS = ("normals", "difference_depth")


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    small = Rendering(view_count=3, image_size=24, channels=CHANNELS, frames=4)
    return load_or_render(
        data_set(clip(seed) for seed in range(4)), small, tmp_path_factory.mktemp("cache"), lambda *_: None
    )


def test_a_sheet_shows_every_expression_channel_and_view(views):
    sheet = contact_sheet(views, tile=24)
    picture = np.asarray(sheet)
    assert sheet.mode == "RGB" and sheet.size == (110 + 2 * (3 * 28 + 4), 40 + 2 * 28)
    # Second row is sadness, the second clip; fourth picture is the front view of the depth's difference.
    shown = picture[68:92, 110 + 3 * 28 + 4 :][:, :24]
    np.testing.assert_array_equal(shown, views.images[1, 0, 3][..., None].repeat(3, axis=2))
    np.testing.assert_array_equal(picture[40:64, 110:134], views.images[0, 0, :3].transpose(1, 2, 0))


def test_a_sheet_shows_the_subject_that_is_asked_for(views):
    first, second = (np.asarray(contact_sheet(views, subject)) for subject in ("S00", "S01"))
    assert (first != second).any()
    np.testing.assert_array_equal(first, np.asarray(contact_sheet(views)))


def test_a_sheet_of_what_is_not_there_is_an_error(views):
    with pytest.raises(UserError, match="S99"):
        contact_sheet(views, "S99")
