"""Copies are compared with their release by count."""

from dataclasses import replace

from smile.check.comparison import compare_with_release, count_clips_by_label
from smile.data.face import EXPRESSIONS, Clip, DataSet


def bu3dfe(subjects):
    words = ["neutral", *(expression for expression in EXPRESSIONS for _ in range(4))]
    clips = [
        Clip(f"F{n:04d}/{k}", f"F{n:04d}", (word,), [], "") for n in range(subjects) for k, word in enumerate(words)
    ]
    return DataSet("bu3dfe", "BU-3DFE", tuple(clips))


def differences(data_set):
    return {count.name: (count.found, count.wanted) for count in compare_with_release(data_set) if count.differs}


def test_a_whole_copy_has_no_differences():
    assert differences(bu3dfe(100)) == {}
    assert [count.name for count in compare_with_release(bu3dfe(100))][:3] == ["subjects", "clips", "clips of neutral"]


def test_what_is_missing_is_counted():
    whole = bu3dfe(100)
    fewer = replace(
        whole, clips=tuple(clip for clip in whole.clips if clip.subject != "F0007" or clip.labels != ("fear",))
    )
    assert differences(fewer) == {"clips": (2496, 2500), "clips of fear": (396, 400)}
    assert differences(bu3dfe(2))["subjects"] == (2, 100)


def test_labels_that_a_release_does_not_name_are_counted_too():
    odd = replace(bu3dfe(1), clips=(Clip("F0001/x", "F0001", ("boredom",), [], ""),))
    counts = {count.name: (count.found, count.wanted) for count in compare_with_release(odd)}
    assert counts["clips of boredom"] == (1, None)
    assert counts["clips of anger"] == (0, 400)


def test_made_faces_under_another_name_have_no_release():
    made = replace(bu3dfe(2), name="synthetic")
    assert differences(made) == {}
    assert compare_with_release(made)[0].found == 2


def test_a_clip_with_several_labels_counts_for_each_and_macro_expressions_are_no_clips_of_the_release():
    labels = (("Surprise", "Positive"), ("Positive",))
    clips = [Clip(f"S1/{n}", "S1", own, [], "") for n, own in enumerate(labels)]
    clips.append(replace(clips[0], id="S1/m", attributes={"kind": "macro"}))
    data_set = DataSet("fourdme", "4DME", tuple(clips))
    assert count_clips_by_label(data_set) == {"Positive": 3, "Surprise": 2}
    assert differences(data_set)["clips"] == (2, 267)
