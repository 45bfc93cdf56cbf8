"""Files are whole or absent, whatever kills the writer."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from smile import atomic
from smile.errors import BadFile
from tests.places import ROOT


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    target = tmp_path / "table.md"
    atomic.write_text(target, "old")
    with pytest.raises(RuntimeError), atomic.replacing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_json_refuses_not_a_number_and_keeps_the_old_file(tmp_path):
    target = tmp_path / "record.json"
    atomic.write_json(target, {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        atomic.write_json(target, {"a": float("nan")})
    assert json.loads(target.read_text()) == {"a": 1}


def test_a_place_that_cannot_be_written_is_named_as_it_was_given(tmp_path):
    path = tmp_path / ("x" * 250)  # with what is added to it, too long for a name
    with pytest.raises(OSError, match="too long") as caught:
        atomic.write_text(path, "new")
    assert caught.value.filename == str(path)


@pytest.mark.parametrize(("mask", "mode"), [(0o027, 0o640), (0, 0o666)])
def test_missing_folders_are_made_and_the_umask_is_kept(tmp_path, mask, mode):
    target = tmp_path / "a" / "b" / "c.txt"
    before = os.umask(mask)
    try:
        atomic.write_text(target, "x")
    finally:
        kept = os.umask(before)
    assert target.stat().st_mode & 0o777 == mode and kept == mask


def test_what_is_unfinished_lies_hidden_beside_the_file_with_its_suffix(tmp_path):
    with atomic.replacing(tmp_path / "images.npy") as temporary:
        assert temporary.parent == tmp_path  # a rename from another disk would not be one
        assert temporary.name.startswith(".images.npy.") and temporary.suffix == ".npy"


def test_json_is_indented_readable_and_in_the_order_given(tmp_path):
    atomic.write_json(tmp_path / "facts.json", {"b": "Gesicht für Gesicht", "a": [1]})
    assert (tmp_path / "facts.json").read_text() == '{\n "b": "Gesicht für Gesicht",\n "a": [\n  1\n ]\n}\n'


def test_moves_make_the_folders_that_are_missing(tmp_path):
    for number in range(2):  # to a place that is not there, then to one that is
        (tmp_path / "file").write_text(f"{number}")
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "one").write_text(f"{number}")
        atomic.move_file(tmp_path / "file", tmp_path / "a" / "b" / "file")
        atomic.move_folder(tmp_path / "folder", tmp_path / "c" / "d" / "folder")
        assert (tmp_path / "a" / "b" / "file").read_text() == f"{number}"
        assert (tmp_path / "c" / "d" / "folder" / "one").read_text() == f"{number}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c"]


def test_no_file_is_left_open(tmp_path):
    def find_free():
        free = os.open(tmp_path, os.O_RDONLY)
        os.close(free)
        return free

    before = find_free()
    atomic.write_text(tmp_path / "a.txt", "x")
    atomic.create_json(tmp_path / "b.json", {})
    assert find_free() == before


@pytest.fixture
def syncs(monkeypatch):
    """A function that lists the syncs of a target's writing: what was synced, and what the target held just then."""

    def follow(target):
        calls, sync = [], os.fsync

        def note(descriptor):
            calls.append((os.fstat(descriptor).st_ino, target.read_text() if target.exists() else None))
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", note)
        return calls

    return follow


def inodes(*paths):
    return [path.stat().st_ino for path in paths]


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_before_the_end(tmp_path, syncs):
    target = tmp_path / "table.md"
    target.write_text("old")
    calls = syncs(target)
    atomic.write_text(target, "new")
    assert calls == list(zip(inodes(target, tmp_path), ("old", "new"), strict=True))


def test_a_moved_file_is_on_the_disk_before_it_has_its_name(tmp_path, syncs):
    file, target = tmp_path / "part", tmp_path / "there" / "whole"
    file.write_text("new")
    calls = syncs(target)
    atomic.move_file(file, target)
    assert calls == list(zip(inodes(target, target.parent), (None, "new"), strict=True))


def test_a_moved_folder_is_on_the_disk_before_it_has_its_name(tmp_path, syncs):
    folder, target = tmp_path / "part", tmp_path / "there" / "whole"
    for place, content in ((folder, "new"), (target, "old")):
        place.mkdir(parents=True)
        (place / "one").write_text(content)
    (target / "two").touch()  # which the new folder does not have
    calls = syncs(target / "one")
    atomic.move_folder(folder, target)
    assert calls == list(zip(inodes(target / "one", target, target.parent), ("old", "old", "new"), strict=True))
    assert [file.name for file in target.iterdir()] == ["one"]


def test_a_created_file_is_on_the_disk_and_is_never_replaced(tmp_path, syncs):
    target = tmp_path / "trial.json"
    calls = syncs(target)
    assert atomic.create_json(target, {"by": "one"})
    assert calls[0] == (target.stat().st_ino, None) and calls[-1] == (tmp_path.stat().st_ino, target.read_text())
    assert not atomic.create_json(target, {"by": "another"})
    assert json.loads(target.read_text()) == {"by": "one"}
    assert list(tmp_path.iterdir()) == [target]


def test_a_killed_writer_never_leaves_a_torn_file(tmp_path):
    target = tmp_path / "big.txt"
    code = (
        "import sys, pathlib; from smile import atomic\n"
        "for n in range(10**6): atomic.write_text(pathlib.Path(sys.argv[1]), str(n % 10) * 200_000)\n"
    )
    for wait in (0.02, 0.05, 0.09):
        writer = subprocess.Popen([sys.executable, "-c", code, str(target)])
        while not target.exists():
            time.sleep(0.005)
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        content = target.read_text()
        assert len(content) == 200_000
        assert len(set(content)) == 1


def test_what_a_killed_writer_left_is_forgotten_and_nothing_else(tmp_path):
    code = (
        "import os, sys, pathlib; from smile import atomic\n"
        "with atomic.replacing(pathlib.Path(sys.argv[1])) as part: part.write_text('half'); os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "step-2.safetensors")], check=False)
    (left,) = tmp_path.iterdir()
    kept = {tmp_path / name for name in (".gitignore", ".notes.txt", ".a.b.txt", "step-1.safetensors")}
    for file in kept:
        file.touch()
    assert left not in kept
    atomic.forget_unfinished(tmp_path)
    assert set(tmp_path.iterdir()) == kept


WRITER = """
import sys, time
from pathlib import Path
from smile import atomic
with atomic.replacing(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    print("at work", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("name", ["record.json", "a.b.npy", "name without suffix"])
def test_what_a_killed_writer_left_is_removed_and_what_is_being_written_stays(tmp_path, name):
    path = tmp_path / "deep" / name
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with writer:
        writer.stdout.readline()
        atomic.forget_unfinished(tmp_path, below=True)
        assert len(list(path.parent.iterdir())) == 1
        os.kill(writer.pid, signal.SIGKILL)
    atomic.forget_unfinished(tmp_path)
    assert len(list(path.parent.iterdir())) == 1
    atomic.forget_unfinished(tmp_path, below=True)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("name", [".bashrc", ".git", ".notes.txt", ".a.txt.20240101.md", "a.json.abcdefgh.json"])
def test_a_hidden_file_of_the_users_is_no_litter(tmp_path, name):
    (tmp_path / name).touch()
    atomic.forget_unfinished(tmp_path)
    assert (tmp_path / name).exists()


@pytest.mark.parametrize("make", [atomic.write_json, atomic.create_json])
@pytest.mark.parametrize(
    "words", [(errno.ENOSPC, "No space left on device"), ("4096 requested and 8 written",)], ids=["ours", "numpy's"]
)
def test_a_full_disk_names_the_file_that_was_to_be_written(tmp_path, monkeypatch, make, words):
    def fail(*_):
        raise OSError(*words)

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left on device") as caught:
        make(tmp_path / "record.json", {})
    assert caught.value.filename == str(tmp_path / "record.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("[1]", "not a JSON object"),
        ('{"a": 1e999}', "1e999 is no number"),
        ('{"a": -Infinity}', "-Infinity is no number"),
        ('{"a": [NaN]}', "NaN is no number"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
        ('{"a": "\x80"}', "cannot be read"),
    ],
)
def test_json_that_is_no_sound_object_is_one_line_with_a_remedy(tmp_path, text, said):
    (tmp_path / "a.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadFile, match=rf"a\.json: .*{said}.*; delete it$"):
        atomic.read_json(tmp_path / "a.json", "delete it")


def test_json_is_read_as_it_was_written(tmp_path):
    content = {"a": [1, 0.1, "Gesicht für Gesicht", None, True], "b": {"c": 1e300}}
    atomic.write_json(tmp_path / "a.json", content)
    assert atomic.read_json(tmp_path / "a.json", "") == content


def test_a_name_that_is_not_utf8_can_be_written_and_comes_back(tmp_path):
    """As the folder of a command that a record keeps, on a disk from before UTF-8."""
    told = {"command": "python -m bench.run --data bu4dfe=/alt/Universit\udce4t"}
    atomic.write_json(tmp_path / "a.json", told)
    assert atomic.create_json(tmp_path / "b.json", told)
    for file in ("a.json", "b.json"):
        assert atomic.read_json(tmp_path / file, "") == told
