"""Folders are walked once, however they lie, and what files hold is known by more than their size and time."""

import os
import re

import pytest

from smile.data.archives import DEEPEST, SMALL_FILE
from smile.data.disk import hash_files, walk
from smile.data.face import Skipped
from smile.errors import UserError
from smile.sets.loose_scans import find_clips
from smile.sets.readers import READERS
from tests.smile.data.disk_scans import add_scan

NOTHING = re.compile(r"(?!)")


def test_hidden_files_and_folders_are_passed_over(tmp_path):
    for name in ("a/._0.obj", "a/0.obj", ".git/0.obj", "__MACOSX/a/0.obj", "a/.DS_Store"):
        add_scan(tmp_path / name)
    skipped = list[Skipped]()
    found = {folder.name: names for folder, names in walk(tmp_path, skipped, NOTHING) if folder != tmp_path}
    assert found == {"a": ["0.mtl", "0.obj"]} or found == {"a": ["0.obj"]}
    assert skipped == []
    (clip,) = find_clips([tmp_path / "a"])
    assert [path.name for path in clip.frames.scans] == ["0.obj"]
    assert [clip.id for clip in find_clips([tmp_path])] == [str(tmp_path / "a")]


def test_a_pit_of_folders_is_named_once_in_a_few_words_and_the_rest_is_walked(tmp_path):
    (tmp_path / "good").mkdir()
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("a-folder", dir_fd=here)
        there = os.open("a-folder", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(here)
    skipped = list[Skipped]()
    folders = [folder.name for folder, _ in walk(tmp_path, skipped, NOTHING)]
    assert "good" in folders and len(folders) == DEEPEST + 2
    (one,) = skipped
    assert f"more than {DEEPEST} folders deep" in one.reason
    assert len(str(one)) < 300
    remove_pit(tmp_path)


def remove_pit(top):
    """Takes away folders that are nested more deeply than shutil or a path can reach."""
    while (top / "a-folder").exists():
        deepest, depth = top / "a-folder", 0
        while depth < 300 and (deepest / "a-folder").exists():
            deepest, depth = deepest / "a-folder", depth + 1
        deepest.rename(top / "moved")
        if deepest != top / "a-folder":
            for folder in [deepest.parent, *deepest.parent.parents]:
                if folder == top:
                    break
                folder.rmdir()
        if (top / "moved" / "a-folder").exists():
            (top / "moved" / "a-folder").rename(top / "a-folder")
        (top / "moved").rmdir()


def test_another_content_at_equal_size_and_time_is_another_hash(tmp_path):
    for name, size in (("small.bnd", 100), ("large.obj", SMALL_FILE + 1)):
        path = tmp_path / name
        path.write_bytes(b"a" * size)
        os.utime(path, ns=(7, 7))
        before = hash_files([path])
        assert hash_files([path]) == before
        replacement = tmp_path / "new"
        replacement.write_bytes(b"a" * (size - 1) + b"b")
        os.utime(replacement, ns=(7, 7))
        replacement.rename(path)
        assert hash_files([path]) != before


def test_a_pipe_has_a_hash_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "0.obj")
    assert hash_files([tmp_path / "0.obj"])


def lay_traps(folder):
    """Places that hold no file, and what is said of each."""
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    (folder / "dangling").symlink_to("gone")
    return {
        "pipe": "is a pipe, no file and no folder",
        "loop": "is a link that leads to itself",
        "dangling": "is a link that leads nowhere",
        "absent": "does not exist",
        "a" * 300: r"cannot be read \(File name too long\)",
    }


@pytest.mark.parametrize("source", ["bp4d", "bu3dfe", "manifest"])
def test_a_root_that_is_no_folder_says_what_it_is(tmp_path, source):
    for name, reason in lay_traps(tmp_path).items():
        with pytest.raises(UserError, match=f"{name} {reason}; give "):
            READERS[source].read(tmp_path / name)


def test_a_table_that_is_no_file_says_what_it_is(tmp_path):
    (tmp_path / "manifest.csv").symlink_to("manifest.csv")
    with pytest.raises(UserError, match=r"manifest\.csv is a link that leads to itself; give a table"):
        READERS["manifest"].read(tmp_path)
    (tmp_path / "other" / "manifest.csv").mkdir(parents=True)
    with pytest.raises(UserError, match=r"manifest\.csv is a folder; give a table"):
        READERS["manifest"].read(tmp_path / "other")
