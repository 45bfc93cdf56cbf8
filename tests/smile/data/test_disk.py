"""Folders are walked once, however they lie, and what files hold is known by more than their size and time."""

import os
import re

from smile.data.archives import DEEPEST, SMALL_FILE
from smile.data.disk import hash_files, walk
from smile.data.face import Skipped
from smile.sets.loose_scans import find_clips
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
