"""Landmarks of Bosphorus are known by their labels, whatever head, order and number a file has."""

import numpy as np
import pytest

from smile.data.formats.lm import NAMES, read_lm2, read_lm3, write_lm2, write_lm3
from smile.errors import BadFile
from tests.smile.data.formats import mutants

SPACE = np.random.default_rng(0).uniform(-90, 90, (22, 3)).round(3).astype(np.float32)
PICTURE = np.random.default_rng(1).uniform(0, 1600, (22, 2)).round(2).astype(np.float32)
#: The order of the release's list, which is not that of the contours.
RELEASE = (
    *("Outer left eyebrow", "Middle left eyebrow", "Inner left eyebrow"),
    *("Inner right eyebrow", "Middle right eyebrow", "Outer right eyebrow"),
    *("Outer left eye corner", "Inner left eye corner", "Inner right eye corner", "Outer right eye corner"),
    *("Nose saddle left", "Nose saddle right", "Left nose peak", "Nose tip", "Right nose peak"),
    *("Left mouth corner", "Upper lip outer middle", "Right mouth corner"),
    *("Upper lip inner middle", "Lower lip inner middle", "Lower lip outer middle", "Chin middle"),
)
PLAIN = "bs000_N_N_0\n\n{count} landmarks:\n"
STARRED = "Landmarks\n*******\n13 people, 3 hours\n21/06/2007\n\n{count} landmarks:\n"
HEADS = [PLAIN, STARRED, "{count}\n", "Landmarks\r\n****\r\n7\r\n\r\n {count} landmarks\r\n", "a\nb\n\n {count}\n\n"]


def row(values):
    return " ".join(f"{value:.3f}" for value in values.tolist())


def lm3(names=RELEASE, head=PLAIN, count=None, gap="\n"):
    pairs = [f"{name}{gap}{row(SPACE[NAMES.index(name)])}" for name in names]
    return head.format(count=len(names) if count is None else count) + "\n".join(pairs) + "\n"


def lm2(names=RELEASE, head=PLAIN, between="\n\n", count=None):
    points = [row(PICTURE[NAMES.index(name)]) for name in names]
    return head.format(count=len(names) if count is None else count) + "\n".join(names) + between + "\n".join(points)


def save(path, text):
    path.write_bytes(text.encode())
    return path


def test_the_names_are_those_of_the_release():
    assert sorted(NAMES) == sorted(RELEASE) and len(set(NAMES)) == 22


@pytest.mark.parametrize("head", HEADS)
def test_landmarks_are_found_below_any_head(tmp_path, head):
    np.testing.assert_array_equal(read_lm3(save(tmp_path / "a.lm3", lm3(head=head))), SPACE)
    np.testing.assert_array_equal(read_lm2(save(tmp_path / "a.lm2", lm2(head=head))), PICTURE)


def test_a_hand_made_file_gives_its_numbers(tmp_path):
    text = "x\n****\nmade by 2 people\n\n2 landmarks:\n\nChin middle\n1.5 -2 3e1\n\nNose tip\n+4 .5 -6.\n"
    landmarks = read_lm3(save(tmp_path / "a.lm3", text))
    assert landmarks.dtype == np.float32
    assert landmarks[NAMES.index("Chin middle")].tolist() == [1.5, -2, 30]
    assert landmarks[NAMES.index("Nose tip")].tolist() == [4, 0.5, -6]
    assert np.isnan(landmarks).sum() == 60


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_file_does_not_matter(tmp_path, seed):
    names = list(np.random.default_rng(seed).permutation(RELEASE))
    np.testing.assert_array_equal(read_lm3(save(tmp_path / "a.lm3", lm3(names))), SPACE)
    np.testing.assert_array_equal(read_lm2(save(tmp_path / "a.lm2", lm2(names))), PICTURE)


def test_case_blanks_and_the_word_of_do_not_matter(tmp_path):
    text = lm3().replace("Nose tip", " NOSE  TIP\t").replace("Middle left", "Middle of the left").replace("\n", "\r\n")
    np.testing.assert_array_equal(read_lm3(save(tmp_path / "a.lm3", text)), SPACE)


@pytest.mark.parametrize("gap", [" ", "\t", "  , ", ",", "   \t"])
def test_coordinates_are_parted_by_blanks_or_commas(tmp_path, gap):
    text = "1\nNose tip\n" + gap.join(["1", "2.5", "-3"])
    assert read_lm3(save(tmp_path / "a.lm3", text))[NAMES.index("Nose tip")].tolist() == [1, 2.5, -3]


@pytest.mark.parametrize("between", ["\n\n", "\n", "\n\n2D Image coordinates:\n\n", "\n\ncoordinates\n"])
def test_labels_and_pixels_are_parted_by_an_empty_line_or_a_heading(tmp_path, between):
    np.testing.assert_array_equal(read_lm2(save(tmp_path / "a.lm2", lm2(between=between))), PICTURE)


def test_a_heading_before_the_labels_shifts_nothing(tmp_path):
    for heading in ("Labels:", "Labels"):
        text = lm2(head="x\n\n{count} landmarks:\n" + heading + "\n")
        np.testing.assert_array_equal(read_lm2(save(tmp_path / "a.lm2", text)), PICTURE)


@pytest.mark.parametrize("missing", [["Nose tip"], ["Outer left eyebrow", "Left mouth corner", "Chin middle"]])
def test_a_landmark_that_is_missing_is_nan_and_the_others_stay_in_place(tmp_path, missing):
    names = [name for name in RELEASE if name not in missing]
    expected, flat = SPACE.copy(), PICTURE.copy()
    for name in missing:
        expected[NAMES.index(name)], flat[NAMES.index(name)] = np.nan, np.nan
    np.testing.assert_array_equal(read_lm3(save(tmp_path / "a.lm3", lm3(names))), expected)
    np.testing.assert_array_equal(read_lm2(save(tmp_path / "a.lm2", lm2(names))), flat)


def test_ear_lobes_and_unknown_labels_are_left_out(tmp_path):
    extra = "Ear lobe left\n1 2 3\nThird eye\n4 5 6\n"
    np.testing.assert_array_equal(read_lm3(save(tmp_path / "a.lm3", lm3(count=24) + extra)), SPACE)
    labels, points = lm2(count=24).split("\n\n")[1:]
    text = f"x\n\n{labels}\nEar lobe right\nThird eye\n\n{points}\n7 8\n9 10\n"
    np.testing.assert_array_equal(read_lm2(save(tmp_path / "a.lm2", text)), PICTURE)


def test_what_is_written_is_read_again(tmp_path):
    holed, flat = SPACE.copy(), PICTURE.copy()
    holed[3], flat[20] = np.nan, np.nan
    write_lm3(tmp_path / "a.lm3", holed, "a note")
    write_lm2(tmp_path / "a.lm2", flat, "a note of 3 words")
    np.testing.assert_allclose(read_lm3(tmp_path / "a.lm3"), holed, atol=6e-5)
    np.testing.assert_allclose(read_lm2(tmp_path / "a.lm2"), flat, atol=6e-5)
    assert "a note" in (tmp_path / "a.lm3").read_text()


@pytest.mark.parametrize("value", ["nan", "inf", "1e999", "2e6", "-1e7", "x", "1_0", "0x1", "9" * 400])
@pytest.mark.parametrize(("kind", "read"), [("lm3", read_lm3), ("lm2", read_lm2)])
def test_a_coordinate_that_is_no_sensible_number_is_refused(tmp_path, kind, read, value):
    text = lm3() if kind == "lm3" else lm2()
    lines = text.split("\n")
    lines[-2] = f"1 {value}" + " 2" * (kind == "lm3")
    with pytest.raises(BadFile) as caught:
        read(save(tmp_path / f"a.{kind}", "\n".join(lines)))
    assert caught.value.place == f"line {len(lines) - 1}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no line says how many"),
        ("Nose tip\nx y z\n", "no line says how many"),
        ("a\n***\n3 landmarks\nNose tip\n1 2 3", "no line says how many"),
        (lm3(count=23), "says 23 landmarks, and the file holds 22"),
        (lm3(count=21), "says 21 landmarks, and the file holds 22"),
        (lm3(count=999999999), "says 999999999"),
        (lm3(count="9" * 5000), "says 999999999999"),
        (lm3(count=0), "says 0"),
        (lm3() + "Nose tip\n1 2 3\n", "holds 23"),
        (lm3(count=23) + "Nose tip\n1 2 3\n", "'Nose tip' is there twice"),
        (lm3(count=23) + "1 2 3\n", "below its label"),
        ("1 landmarks\nThird eye\n1 2 3\n", "none of its labels"),
        (lm3()[: len(lm3()) // 2], "says 22"),
    ],
)
def test_a_faulty_file_is_named_with_its_reason(tmp_path, text, reason):
    with pytest.raises(BadFile, match=reason):
        read_lm3(save(tmp_path / "a.lm3", text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (lm2(count=23), "says 23"),
        ("2\nNose tip\n\n1 2\n3 4\n", "names 1"),
        ("2\nNose tip\nNose tip\n\n1 2\n3 4\n", "twice"),
        ("1\nNose tip\n\n1 2 3\n", "not a place"),
    ],
)
def test_a_faulty_list_of_pixels_is_named_with_its_reason(tmp_path, text, reason):
    with pytest.raises(BadFile, match=reason):
        read_lm2(save(tmp_path / "a.lm2", text))


@pytest.mark.parametrize("read", [read_lm2, read_lm3])
def test_a_file_that_cannot_be_landmarks_is_refused(tmp_path, read):
    with pytest.raises(BadFile, match="cannot be read"):
        read(tmp_path)
    (tmp_path / "a.lm3").write_bytes(b"\n" * 1_000_000)
    with pytest.raises(BadFile, match="goes on to"):
        read(tmp_path / "a.lm3")


def faults(landmarks):
    """Rows are whole: a landmark is there or it is not."""
    missing = np.isnan(landmarks)
    if (missing.any(axis=1) != missing.all(axis=1)).any() or missing.all():
        return "half a landmark"
    return "" if (np.abs(landmarks[~missing]) <= 1e6).all() else "a coordinate out of range"


@pytest.mark.parametrize("head", [PLAIN, STARRED])
def test_no_mutant_crashes_hangs_or_passes_for_good_landmarks(tmp_path, head):
    for name, text, read in (("a.lm3", lm3(head=head), read_lm3), ("a.lm2", lm2(head=head), read_lm2)):
        seen = mutants.survey(tmp_path / name, text.encode(), mutants.TEXT, read, faults)
        assert seen["refused"] > seen["read"] > 0
