"""A manifest makes clips of any scans, and nothing in it opens a file outside of its folder."""

import os
import re
import unicodedata
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest
import trimesh

from smile.errors import BadFile, UserError
from smile.sets.manifest import read_manifest
from tests.places import ROOT
from tests.smile.data.disk_scans import MARKS, add_marks, add_picture, add_scan, pack_folder, small_scan

DOCS = ROOT / "docs" / "data.md"


def write(folder, text, name="manifest.csv"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def add_any(path):
    """A scan in any format."""
    add_scan(path)
    if not path.exists():
        scan = small_scan()
        trimesh.Trimesh(scan.vertices, scan.triangles, process=False).export(path)


def test_the_example_of_the_documentation_works(tmp_path):
    text = re.search(r"```csv\n(.*?)```", DOCS.read_text(), re.DOTALL)[1]
    lines = [dict(zip(text.splitlines()[0].split(","), line.split(","), strict=True)) for line in text.splitlines()[1:]]
    for line in lines:
        add_any(tmp_path / line["path"])
        if line["texture"]:
            add_picture(tmp_path / line["texture"])
        if line["landmarks"]:
            add_marks(tmp_path / line["landmarks"])
    data_set = read_manifest(write(tmp_path, text))
    assert (data_set.name, data_set.title, data_set.skipped, data_set.stand_in) == ("manifest", tmp_path.name, (), "")
    assert data_set.subjects == ("anna", "ben", "carla")
    by_id = {clip.id: clip for clip in data_set.clips}
    assert list(by_id) == ["anna-1", "anna/fear", "ben-1", "ben/fear", "carla/smile", "carla/fear"]
    anna, ben = by_id["anna-1"], by_id["ben-1"]
    assert (anna.labels, anna.attributes, len(anna.frames)) == (("happiness",), {"sex": "F", "age": "31"}, 3)
    assert {scan.texture for scan in anna.frames} == {(tmp_path / "anna/smile/skin.png").resolve()}
    assert by_id["carla/smile"].attributes == {"sex": "F"}
    assert (ben.landmark_scheme, anna.landmark_scheme) == ("bu83", None)
    np.testing.assert_array_equal(ben.frames[1].landmarks, MARKS)
    assert all(len(clip.frames[0].triangles) == 2 for clip in data_set.clips)


def test_three_columns_are_enough_in_any_order_and_case(tmp_path):
    add_scan(tmp_path / "a.obj")
    add_scan(tmp_path / "b.obj")
    data_set = read_manifest(write(tmp_path, "\nLabel, PATH ,Subject\njoy, a.obj ,s1\n\nfear,b.obj,s2\n").parent)
    assert [(clip.id, clip.subject, *clip.labels) for clip in data_set.clips] == [
        ("a", "s1", "joy"),
        ("b", "s2", "fear"),
    ]


def test_frames_are_sorted_by_number_or_else_stand_in_the_order_of_lines(tmp_path):
    for x in (3, 20, 100):
        add_scan(tmp_path / f"{x}.obj", x)
    wanted = {
        "path,subject,label,frame\n100.obj,s,joy,100\n3.obj,s,joy,3\n20.obj,s,joy,20\n": ("s/joy", [3, 20, 100]),
        "path,subject,label,clip\n100.obj,s,joy,c\n3.obj,s,joy,c\n20.obj,s,joy,c\n": ("c", [100, 3, 20]),
    }
    for text, (name, order) in wanted.items():
        (clip,) = read_manifest(write(tmp_path, text)).clips
        assert (clip.id, [scan.vertices[:, 0].max() for scan in clip.frames]) == (name, order)
        frames = ForkingPickler.loads(ForkingPickler.dumps(clip)).frames
        assert frames[1].vertices[:, 0].max() == order[1]


@pytest.mark.parametrize(
    "place",
    ["../secret.obj", "a/../../secret.obj", "..", "../inside-a-sibling/x.obj", "..\\secret.obj", "./.././secret.obj"],
)
@pytest.mark.parametrize("column", ["path", "texture", "landmarks"])
def test_no_path_leads_out_of_the_folder(tmp_path, place, column):
    add_scan(tmp_path / "secret.obj")
    add_scan(tmp_path / "data" / "a.obj")
    cells = {"path": "a.obj", "subject": "s", "label": "joy", "texture": "", "landmarks": ""} | {column: place}
    text = f"{','.join(cells)}\na.obj,s,joy,,\n{','.join(cells.values())}\n"
    with pytest.raises(BadFile, match=f"{column} .* leads out of") as caught:
        read_manifest(write(tmp_path / "data", text))
    assert caught.value.place == "line 3"


def test_a_path_that_is_written_out_in_full_may_lie_anywhere(tmp_path):
    add_scan(tmp_path / "elsewhere" / "a.obj", 7)
    add_picture(tmp_path / "elsewhere" / "skin.png")
    place = tmp_path / "elsewhere"
    text = f"path,subject,label,texture\n{place}/a.obj,s,joy,{place}/skin.png\n"
    (clip,) = read_manifest(write(tmp_path / "data", text)).clips
    assert clip.frames[0].vertices[:, 0].max() == 7
    assert clip.frames[0].texture == place / "skin.png"


def test_a_path_may_turn_inside_and_lead_into_an_archive(tmp_path):
    add_scan(tmp_path / "a.obj", 5)
    add_scan(tmp_path / "pack" / "b.obj", 6)
    add_picture(tmp_path / "pack" / "skin.png")
    pack_folder(tmp_path / "pack", tmp_path / "scans.zip")
    text = "path,subject,label,texture\nx/../a.obj,s,joy,\nscans.zip/pack/b.obj,s,fear,scans.zip/pack/skin.png\n"
    one, two = read_manifest(write(tmp_path, text)).clips
    assert [clip.frames[0].vertices[:, 0].max() for clip in (one, two)] == [5, 6]
    assert two.frames[0].texture is not None and two.frames[0].texture.is_file()


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("path,subject\na.obj,s\n", "line 1", "no column 'label'"),
        ("path,subject,label,Path\n", "line 1", "two columns 'path'"),
        ("", "line 1", "no column 'path'"),
        ("path,subject,label\na.obj,s,joy\na.obj,,joy\n", "line 3", "subject is empty"),
        ("path,subject,label\na.obj,s,joy\n,s,joy\n", "line 3", "path is empty"),
        ("path,subject,label\na.obj,s\n", "line 2", "label is empty"),
        ("path,subject,label\na.obj,s,joy,more\n", "line 2", "4 cells"),
        ("path,subject,label,frame\na.obj,s,joy,1.5\n", "line 2", "frame '1.5'"),
        ("path,subject,label,frame\na.obj,s,joy,-1\n", "line 2", "frame '-1'"),
        ("path,subject,label\na.txt,s,joy\n", "line 2", "no mesh format"),
        ("path,subject,label\na,s,joy\n", "line 2", "no mesh format"),
        ("path,subject,label,landmarks\na.obj,s,joy,a.txt\n", "line 2", "landmarks a.txt"),
        ("path,subject,label,clip\na.obj,s,joy,c\nb.obj,t,joy,c\n", "line 3", "subject of clip 'c'"),
        ("path,subject,label,clip\na.obj,s,joy,c\nb.obj,s,fear,c\n", "line 3", "label of clip 'c'"),
        ("path,subject,label,clip,age\na.obj,s,joy,c,1\nb.obj,s,joy,c,2\n", "line 3", "attributes of clip 'c'"),
        ("path,subject,label,frame\na.obj,s,joy,1\nb.obj,s,joy,1\n", "line 3", "frame 1"),
        ("path,subject,label,clip\na.obj,s,joy,c\na.obj,s,joy,c\n", "line 3", "a.obj of clip 'c' is there twice"),
        ("path,subject,label,landmark\na.obj,s,joy,\n", "line 1", "'landmark': did you mean 'landmarks'?"),
        ("path,subject,label,Textur\na.obj,s,joy,\n", "line 1", "'Textur': did you mean 'texture'?"),
        ("path,subject,label,clips\na.obj,s,joy,\n", "line 1", "'clips': did you mean 'clip'?"),
        ("path,subject,label\na.obj,nan,joy\n", "line 2", "subject 'nan' is what programs write"),
        ("path,subject,label\na.obj,s,#N/A\n", "line 2", "label '#N/A' is what programs write"),
        ("path,subject,label\na.obj,#REF!,joy\n", "line 2", "subject '#REF!' is what programs write"),
        ("path,subject,label,clip\na.obj,s,joy,NaN\n", "line 2", "clip 'NaN' is what programs write"),
    ],
)
def test_a_fault_is_named_by_its_line(tmp_path, text, place, says):
    path = write(tmp_path, text)
    with pytest.raises(BadFile) as caught:
        read_manifest(path)
    assert says in caught.value.reason
    assert (caught.value.file, caught.value.place) == (path, place)


def test_what_is_not_there_is_named_and_the_rest_is_used(tmp_path):
    add_scan(tmp_path / "a.obj")
    text = "path,subject,label,texture,landmarks\na.obj,s,joy,skin.png,a.bnd\ngone.obj,s,fear,,\n"
    data_set = read_manifest(write(tmp_path, text))
    (clip,) = data_set.clips
    assert (clip.frames[0].texture, clip.frames[0].landmarks) == (None, None)
    assert [(skipped.clip_id, str(skipped).split(": ")[1:3]) for skipped in data_set.skipped] == [
        ("a (texture)", [str(tmp_path / "manifest.csv"), "line 2"]),
        ("a (landmarks)", [str(tmp_path / "manifest.csv"), "line 2"]),
        ("gone", [str(tmp_path / "manifest.csv"), "line 3"]),
    ]


def test_a_missing_frame_is_refused_when_it_is_read(tmp_path):
    add_scan(tmp_path / "1.obj")
    text = "path,subject,label,frame\n1.obj,s,joy,1\n2.obj,s,joy,2\n"
    (clip,) = read_manifest(write(tmp_path, text)).clips
    assert len(clip.frames[0].vertices) == 4
    with pytest.raises(BadFile, match=r"2\.obj"):
        clip.frames[1]


def test_the_content_key_follows_scan_texture_and_landmarks(tmp_path):
    add_scan(tmp_path / "a.obj")
    keys = []
    for column in ("", "skin.png", "other.png"):
        add_picture(tmp_path / "skin.png")
        add_picture(tmp_path / "other.png")
        text = f"path,subject,label,texture\na.obj,s,joy,{column}\n"
        keys.append(read_manifest(write(tmp_path, text)).clips[0].content_key)
    assert len(set(keys)) == 3


def test_the_content_key_follows_what_belongs_to_a_scan_unnamed(tmp_path):
    def key():
        return read_manifest(write(tmp_path, "path,subject,label\na.obj,s,joy\n")).clips[0].content_key

    add_scan(tmp_path / "a.obj")
    keys = [key()]
    for file, content in (("a.png", b"one"), ("a.png", b"two"), ("a.mtl", b"newmtl x"), ("a.mtl", b"newmtl y")):
        (tmp_path / file).write_bytes(content)
        os.utime(tmp_path / file, ns=(5, 5))
        keys.append(key())
    assert len(set(keys)) == 5


def test_made_faces_are_told(tmp_path):
    add_scan(tmp_path / "a.obj", comment="Not a recording, made by synthetic")
    assert read_manifest(write(tmp_path, "path,subject,label\na.obj,s,joy\n")).stand_in == "synthetic"


def test_a_wrong_place_is_answered_with_what_is_needed(tmp_path):
    for place in (tmp_path, tmp_path / "gone.csv"):
        with pytest.raises(UserError, match="path, subject, label"):
            read_manifest(place)
    with pytest.raises(UserError, match="no scan that is there"):
        read_manifest(write(tmp_path, "path,subject,label\na.obj,s,joy\n"))


@pytest.mark.parametrize(
    ("text", "clips"),
    [
        ("x.obj,anna,joy,,\nx.ply,anna,joy,,\nx.wrl,anna,joy,,\n", {"x.obj": 1, "x.ply": 1, "x.wrl": 1}),
        ("x.obj,anna,joy,,\nx.ply,ben,joy,,\n", {"x.obj": 1, "x.ply": 1}),
        ("x.obj,anna,joy,x,1\nx.ply,anna,joy,,\n", {"x": 1, "x.ply": 1}),
        (
            "anna/joy.obj,anna,joy,,\nx.obj,anna,joy,,1\nx.ply,anna,joy,,2.0\n",
            {"anna/joy.obj": 1, "anna/joy (frames)": 2},
        ),
        ("x.obj,anna,joy,anna/joy,\nx.ply,anna,joy,,1\n", {"anna/joy": 1, "anna/joy (frames)": 1}),
    ],
)
def test_a_line_without_clip_and_frame_is_a_clip_of_its_own(tmp_path, text, clips):
    for line in text.splitlines():
        add_scan(tmp_path / line.split(",")[0])
    data_set = read_manifest(write(tmp_path, f"path,subject,label,clip,frame\n{text}"))
    assert {clip.id: len(clip.frames) for clip in data_set.clips} == clips


def test_names_that_clips_would_share_in_spite_of_that_are_refused(tmp_path):
    text = "path,subject,label,clip\nx.obj,s,joy,\nx.ply,s,joy,\ny.obj,s,joy,x.ply\n"
    with pytest.raises(BadFile, match=r"line 3: 'x.ply' is the name of two clips"):
        read_manifest(write(tmp_path, text))
    with pytest.raises(BadFile, match=r"line 3: x.obj of clip 'x' is there twice"):
        read_manifest(write(tmp_path, "path,subject,label\nx.obj,s,joy\nx.obj,s,joy\n"))


def test_files_are_found_whatever_their_case_and_unicode_form(tmp_path):
    name = unicodedata.normalize("NFD", "Zoë")
    add_scan(tmp_path / name / "A.OBJ".lower(), 7)
    add_picture(tmp_path / name / "Skin.PNG")
    add_marks(tmp_path / name / "A.bnd")
    nfc = unicodedata.normalize("NFC", "ZOË")
    text = f"Path , SUBJECT,label,texture,Landmarks\n{nfc}/a.obj,s,joy,{nfc}/skin.png,{nfc}/a.BND\n"
    data_set = read_manifest(write(tmp_path, text))
    assert data_set.skipped == ()
    scan = data_set.clips[0].frames[0]
    assert scan.vertices[:, 0].max() == 7 and scan.texture.name == "Skin.PNG" and scan.landmarks is not None


def test_a_table_with_other_separators_says_what_is_read(tmp_path):
    with pytest.raises(BadFile, match="no column 'path'; part columns by commas, semicolons or tabs"):
        read_manifest(write(tmp_path, "path|subject|label\na.obj|s|joy\n"))


def test_a_pipe_is_no_table_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "manifest.csv")
    for place in (tmp_path, tmp_path / "manifest.csv"):
        with pytest.raises(UserError, match=r"manifest\.csv is a pipe, no file and no folder; give a table"):
            read_manifest(place)


def test_what_is_missing_is_named_with_its_line_and_a_remedy(tmp_path):
    add_scan(tmp_path / "a.obj")
    os.mkfifo(tmp_path / "b.obj")
    lines = ("path,subject,label,texture", "a.obj,anna,fear,skin.png", "b.obj,ben,fear,", "c.obj,carl,fear,")
    found = read_manifest(write(tmp_path, "\n".join(lines) + "\n"))
    told = [(one.file.rpartition("/")[2], one.reason.replace(f"{tmp_path}/", "")) for one in found.skipped]
    what = [
        "line 2: skin.png is not there, used without",
        *(f"line {line}: {name} is not there, or is no file" for line, name in ((3, "b.obj"), (4, "c.obj"))),
    ]
    assert sorted(told) == [("manifest.csv", f"{one}; correct the path, or delete the line") for one in what]
