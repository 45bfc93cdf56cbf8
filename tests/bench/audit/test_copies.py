"""A scan keeps its fingerprint whatever was done to it, and no two people share one."""

import numpy as np
import pytest

from bench.audit.copies import SAME, find_copies, measure_gap
from bench.audit.fingerprint import FacePrint, draw_print, inner_face, relief_places, shrink
from smile.data.face import Scan
from smile.data.units import in_millimetres
from smile.errors import UserError
from smile.rendering.pose.generic_face import height
from smile.rendering.pose.height_maps import places
from tests.bench.audit.spoiling import SPOILT, everything
from tests.places import SHARED


@pytest.mark.parametrize("kind", SPOILT)
def test_a_copy_is_found_whatever_was_done_to_it(faces, prints, kind):
    rng = np.random.default_rng(3)
    for at in (1, len(prints) - 2):
        clip = faces.clips[at]
        copy = draw_print(SPOILT[kind](clip.frames[len(clip.frames) // 2], rng))
        people = [one.subject for one in faces.clips]
        closest, *_ = found = find_copies([*prints, copy], [*people, "somebody else"])
        assert (closest.first, closest.second) == (at, len(prints))
        assert closest.gap < 0.6 * SAME
        assert {faces.clips[one.first].subject for one in found} == {clip.subject}
        if kind == "mirrored":
            assert closest.mirrored and closest.gap < 0.01


def test_a_neighbouring_frame_is_found(faces, prints):
    clip = faces.clips[0]
    beside = draw_print(clip.frames[len(clip.frames) // 2 + 1])
    (found, *_) = find_copies([*prints, beside], [*(one.subject for one in faces.clips), "somebody else"])
    assert (found.first, found.second) == (0, len(prints))


def test_no_two_people_share_a_surface_whatever_they_show(faces, prints):
    assert find_copies(prints, [clip.subject for clip in faces.clips]) == []
    assert find_copies(prints, ["one"] * len(prints)) == [], "scans of one person are not compared"


def test_the_order_of_scans_and_of_blocks_changes_nothing(prints, monkeypatch):
    people = [str(number) for number in range(len(prints))]  # each clip of a person counts as another person
    found = find_copies(prints, people, same=1.0)
    monkeypatch.setattr("bench.audit.copies._SCANS", 3)
    assert len(found) > 3 and find_copies(prints, people, same=1.0) == found
    last = len(prints) - 1
    turned = find_copies(prints[::-1], people, same=1.0)
    assert {(last - one.second, last - one.first) for one in turned} == {(one.first, one.second) for one in found}


def relief(more):
    x, y = relief_places()
    return (shrink(height(*places())) + more(x, y)).astype(np.float32)


def test_the_gap_is_what_is_left_between_two_surfaces_that_are_laid_onto_each_other():
    plain, moved = relief(lambda x, _: 0 * x), relief(lambda x, y: 1.5 + 0.02 * x - 0.01 * y)
    assert measure_gap(plain, plain) == 0
    assert measure_gap(plain, moved) < 0.08, "a shift and a small turn are no difference"
    wave = relief(lambda x, y: np.sin(x / 3) * np.cos(y / 3))
    left = np.sort(np.abs((wave - plain)[inner_face()]))
    expected = np.sqrt((left[: int(0.9 * len(left))] ** 2).mean())
    assert measure_gap(plain, wave) == pytest.approx(expected, rel=0.25)
    one_corner = relief(lambda x, y: 8.0 * ((x > 20) & (y < -30)))
    assert measure_gap(plain, one_corner) < 0.1, "a tenth of the face may move, as a mouth does"
    assert measure_gap(plain, np.full_like(plain, np.nan)) > 10


def test_what_is_no_face_is_said():
    flat = Scan(np.float32([[0, 0, 0], [100, 0, 0], [0, 100, 0]]), np.int32([[0, 1, 2]]))
    for scan, said in [
        (Scan(flat.vertices[:0], flat.triangles[:0]), "no surface"),
        (Scan(flat.vertices * np.float32(1e6), flat.triangles), "no face in millimetres"),
        (flat, "no face was found"),
    ]:
        with pytest.raises(UserError, match=said):
            draw_print(scan)


def test_a_hole_hides_no_copy(prints):
    holed = prints[0].reliefs.copy()
    holed[:, 22:26, 10:16] = np.nan
    (found,) = find_copies([prints[0], FacePrint(holed)], ["a", "b"])
    assert found.gap < 0.05


def test_a_real_head_that_lies_on_its_back_keeps_its_fingerprint():
    """Seen from the front alone, it has several poses, none of them right."""
    file = SHARED / "real" / "fran.npz"
    if not file.exists():
        pytest.skip("the scan is not here")
    with np.load(file) as arrays:
        head = in_millimetres(Scan(arrays["vertices"].astype(np.float32), arrays["faces"].astype(np.int32)))
    for seed in (0, 2):  # missed while the search began from the front alone
        copy = everything(head, np.random.default_rng(seed))
        (found,) = find_copies([draw_print(head), draw_print(copy)], ["a", "b"])
        assert found.mirrored and found.gap < 0.6 * SAME
