import numpy as np
import pytest

from smile.rendering.views import gather


@pytest.fixture
def images(tmp_path):
    np.save(tmp_path / "images.npy", np.random.default_rng(0).integers(0, 256, (7, 2, 3, 4, 4), dtype=np.uint8))
    return np.load(tmp_path / "images.npy", mmap_mode="r")


@pytest.mark.parametrize("rows", [[3, 0, 6], [2, 2], [5], []])
def test_gathered_rows_are_those_that_indexing_gives(images, rows):
    rows = np.array(rows, dtype=np.int64)
    found = gather(images, rows)
    np.testing.assert_array_equal(found, images[rows])
    assert found.flags.owndata and found.flags.writeable and type(found) is np.ndarray


def test_memory_that_is_given_is_filled_and_no_other_is_used(images):
    out = np.zeros((3, 2, 3, 4, 4), dtype=np.uint8)
    for rows in (np.array([1, 2, 3]), np.array([6, 0, 6])):
        assert gather(images, rows, out) is out
        np.testing.assert_array_equal(out, images[rows])


@pytest.mark.parametrize("rows", [[0, 7], [-1, 2]])
def test_a_row_that_is_not_there_is_an_error(images, rows):
    with pytest.raises(IndexError, match="of 7 clips"):
        gather(images, np.array(rows), np.zeros((2, 2, 3, 4, 4), dtype=np.uint8))
