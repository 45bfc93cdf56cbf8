"""Archives are read in place; nothing in one opens or fills anything outside of it."""

import os
import signal
import stat
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from smile.data import archives
from smile.data.archives import exists, find_file, lasting, lend, list_archive, locate, read_head, stamp
from smile.data.face import Skipped
from smile.digests import digest_file
from smile.errors import BadFile
from tests.smile.data.formats import mutants
from tests.smile.test_interruption import start, stop


def pack(path, entries, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


def listing(path):
    skipped = list[Skipped]()
    return dict(list_archive(path, path.name, skipped)), skipped


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_an_archive_counts_as_a_folder(tmp_path, compression):
    entries = {"F001/T1/10.obj": "ten", "F001/T1/9.obj": "nine", "./F001//T2/0.obj": "zero", "top.txt": "top", "d/": ""}
    path = pack(tmp_path / "F001.zip", entries, compression)
    folders, skipped = listing(path)
    assert folders == {path: ["top.txt"], path / "F001/T1": ["10.obj", "9.obj"], path / "F001/T2": ["0.obj"]}
    assert skipped == []
    with lend(path / "F001/T2" / "0.obj") as copy:
        assert copy.read_text() == "zero"
        assert copy.suffix == ".obj"
    assert not copy.exists()
    assert locate(path / "F001/T1/9.obj") == (path, "F001/T1/9.obj")
    assert locate(path) is None
    assert exists(path / "top.txt") and not exists(path / "top") and not exists(path / "F001")
    assert read_head(path / "F001/T1/10.obj", 2) == b"te"
    assert read_head(path / "gone", 2) == b""


def test_a_file_on_disk_is_lent_as_it_is(tmp_path):
    path = tmp_path / "x.zip" / "a.obj"  # a folder may have any name
    path.parent.mkdir()
    path.write_text("here")
    with lend(path) as same:
        assert same == path
    assert lasting(path) == path
    assert exists(path)
    assert stamp(path) == ("a.obj", 4, digest_file(path))
    assert stamp(tmp_path / "gone") == ("gone", -1, -1)


def test_entries_that_lead_out_of_the_archive_are_named_and_never_used(tmp_path):
    outside = tmp_path / "secret.obj"
    outside.write_text("secret")
    names = ["../secret.obj", "F001/../../secret.obj", str(outside), "C:/secret.obj", "..\\secret.obj"]
    path = pack(tmp_path / "F001.zip", dict.fromkeys(names, "planted") | {"T1/0.obj": "good", "a..b/1.obj": "good"})
    link = zipfile.ZipInfo("T1/1.obj")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(link, str(outside))
    folders, (skipped,) = listing(path)
    assert folders == {path / "T1": ["0.obj"], path / "a..b": ["1.obj"]}
    assert (skipped.clip_id, skipped.reason.split()[0]) == ("F001.zip", str(len(names) + 1))
    for name in [*names[:2], "T1/1.obj"]:
        assert not exists(path / name)
        with pytest.raises(BadFile, match="not in the archive"), lend(path / name):
            pass
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["F001.zip", "secret.obj"]
    assert outside.read_text() == "secret"


def test_an_entry_of_absurd_size_is_refused_unopened(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 1000)
    path = pack(tmp_path / "a.zip", {"big.obj": b"0" * 1001, "fits.obj": b"0" * 1000})
    with pytest.raises(BadFile, match=r"1,001 bytes; 1,000 are allowed"), lend(path / "big.obj"):
        pass
    with lend(path / "fits.obj") as copy:
        assert copy.stat().st_size == 1000


def test_an_entry_that_lies_about_its_size_fills_no_memory(tmp_path):
    bomb = pack(tmp_path / "a.zip", {"bomb.obj": b"\0" * 300_000_000})
    content = bytearray(bomb.read_bytes())
    assert len(content) < 400_000
    for at in (content.index(b"PK\x01\x02") + 24, 22):  # the stated sizes: central directory, local header
        content[at : at + 4] = struct.pack("<I", 1000)
    bomb.write_bytes(content)
    program = (
        "import resource, sys; from pathlib import Path; from smile.data.archives import lend; "
        "from smile.errors import BadFile\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n with lend(Path(sys.argv[1]) / 'bomb.obj'): pass\n"
        "except BadFile as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    told = subprocess.run([sys.executable, "-c", program, bomb], capture_output=True, text=True, check=True)
    refusal, grown = told.stdout.splitlines()
    assert "bomb.obj: cannot be unpacked" in refusal
    assert int(grown) < 30_000  # KiB


def test_what_is_no_archive_is_named(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK no zip")
    folders, (skipped,) = listing(tmp_path / "a.zip")
    assert folders == {}
    assert (skipped.clip_id, skipped.file) == ("a.zip", str(tmp_path / "a.zip")) and "no zip archive" in skipped.reason


def test_a_damaged_or_encrypted_entry_is_refused_and_the_others_are_not(tmp_path):
    path = pack(tmp_path / "a.zip", {"a.obj": b"a" * 100, "b.obj": b"b" * 100}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[content.index(b"a" * 100)] = 0
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # b is said to be encrypted
    path.write_bytes(content)
    for name, reason in (("a.obj", "CRC"), ("b.obj", "password|encrypted")):
        with pytest.raises(BadFile, match=reason) as caught, lend(path / name):
            pass
        assert caught.value.file == path / name


def test_no_mutant_of_an_archive_crashes_or_gives_another_content(tmp_path):
    wanted = {f"F001/T1/{n}.obj": bytes([65 + n]) * 400 for n in range(5)}
    content = pack(tmp_path / "a.zip", wanted).read_bytes()
    for name, damaged in mutants.mutants(content, mutants.BINARY):
        path = tmp_path / f"{name.replace(' ', '')}.zip"
        path.write_bytes(damaged)
        folders, _ = listing(path)
        for folder, names in folders.items():
            for member in names:
                place = folder / member
                try:
                    with lend(place) as copy:
                        found = copy.read_bytes()
                except BadFile as error:
                    assert error.file == place
                    continue
                assert zlib.crc32(found) == stamp(place)[2]


def test_a_fault_in_a_copy_is_told_of_the_archive(tmp_path):
    path = pack(tmp_path / "a.zip", {"x.obj": "x"}) / "x.obj"
    with pytest.raises(BadFile) as caught, lend(path) as copy:
        raise BadFile(copy, "line 3", "is wrong", "mend it")
    assert str(caught.value) == f"{path}: line 3: is wrong; mend it"
    with pytest.raises(BadFile) as caught, lend(path):
        raise BadFile("other", "", "is wrong")
    assert caught.value.file == Path("other")


def test_the_stamp_follows_the_content(tmp_path):
    path = pack(tmp_path / "a.zip", {"x.obj": "one"})
    first = stamp(path / "x.obj")
    assert first == ("x.obj", 3, zlib.crc32(b"one"))
    pack(path, {"x.obj": "two"})
    os.utime(path, ns=(5, 5))
    assert stamp(path / "x.obj") == ("x.obj", 3, zlib.crc32(b"two"))
    assert stamp(path / "gone.obj") == ("gone.obj", -1, -1)


def test_lasting_copies_are_bounded_and_go_with_their_process(tmp_path):
    path = pack(tmp_path / "a.zip", {"x.jpg": "picture"})
    program = (
        "import sys; from pathlib import Path; from multiprocessing import get_context\n"
        "from smile.data import archives\n"
        "archives._KEPT = 3\n"
        "def copies(place): return [str(archives.lasting(Path(place))) for _ in range(5)]\n"
        "made = copies(sys.argv[1])\n"
        "with get_context('fork').Pool(1) as pool:\n"
        " theirs = pool.apply(copies, (sys.argv[1],))\n"
        " pool.close(); pool.join()\n"
        "there = [Path(name).exists() for name in made]\n"
        "print(there, {Path(name).read_text() for name in made[2:]})\n"
        "print(Path(made[0]).parent, Path(theirs[0]).parent)"
    )
    told = subprocess.run([sys.executable, "-c", program, path / "x.jpg"], capture_output=True, text=True, check=True)
    first, second = told.stdout.splitlines()
    assert first == "[False, False, True, True, True] {'picture'}"
    ours, theirs = map(Path, second.split())
    assert ours != theirs
    assert not ours.exists() and not theirs.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_copies_go_where_a_signal_ends_the_process(tmp_path, number):
    path = pack(tmp_path / "a.zip", {"x.jpg": "picture"})
    process = start(
        """
        from pathlib import Path
        from smile.data.archives import lasting
        print(lasting(Path(sys.argv[1])), flush=True)
        print(lasting(Path(sys.argv[1])).parent, flush=True)
        time.sleep(60)
        """,
        str(path / "x.jpg"),
    )
    copy = Path(process.stdout.readline().strip())
    assert copy.read_text() == "picture"
    stop(process, number)
    assert not copy.parent.exists()


def pack_as_windows(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            entry = zipfile.ZipInfo("x")
            entry.filename = name  # the constructor would turn what the separator of this machine is
            file.writestr(entry, content)
    return path


def test_an_archive_of_windows_is_read_and_leads_nowhere(tmp_path):
    bad = ["..\\up.obj", "T1\\..\\..\\up.obj", "\\\\server\\share\\a.obj", "C:\\a.obj", "\\a.obj"]
    entries = {"F001\\T1\\": "", "F001\\T1\\0.obj": "zero", "F001\\T1/1.obj": "one"} | dict.fromkeys(bad, "planted")
    path = pack_as_windows(tmp_path / "F001.zip", entries)
    folders, (skipped,) = listing(path)
    assert folders == {path / "F001" / "T1": ["0.obj", "1.obj"]}
    with lend(path / "F001" / "T1" / "0.obj") as copy:
        assert copy.read_text() == "zero"
    assert skipped.reason.startswith(f"{len(bad)} of its entries, such as") and "lead out of it" in skipped.reason


def test_what_macos_packs_beside_the_files_is_passed_over(tmp_path):
    entries = {"T1/0.obj": "zero", "__MACOSX/T1/._0.obj": "mac", "T1/._0.obj": "mac", ".git/0.obj": "git"}
    path = pack(tmp_path / "a.zip", entries)
    assert listing(path) == ({path / "T1": ["0.obj"]}, [])


def test_entries_that_lie_too_deep_are_named_in_a_few_words(tmp_path):
    path = pack(tmp_path / "a.zip", {"/".join(["d"] * 5000) + "/0.obj": "deep", "0.obj": "good"})
    folders, (skipped,) = listing(path)
    assert folders == {path: ["0.obj"]}
    assert "lie too deep" in skipped.reason and len(skipped.reason) < 200
    for absent in (path / ("d" * 5000), path.joinpath(*["d"] * 3000, "x.zip", "0.obj")):
        assert not exists(absent)


def test_what_is_packed_too_densely_for_a_scan_is_not_unpacked(tmp_path):
    path = pack(tmp_path / "a.zip", {"bomb.obj": b"\0" * 100_000_000, "flat.obj": b"v 0 0 0\n" * 100_000})
    began = time.perf_counter()
    with pytest.raises(BadFile, match="packed so densely"), lend(path / "bomb.obj"):
        pass
    assert time.perf_counter() - began < 0.1
    with lend(path / "flat.obj") as copy:
        assert copy.stat().st_size == 800_000


def test_a_file_in_an_archive_is_found_whatever_its_case(tmp_path):
    path = pack(tmp_path / "a.zip", {"T1/Ann A.obj": "x", "b.obj": "1", "B.obj": "2"})
    assert find_file(path / "t1" / "ann a.OBJ") == path / "T1" / "Ann A.obj"
    assert find_file(path / "B.OBJ") == path / "B.OBJ"
    assert find_file(tmp_path / "A.ZIP" / "t1" / "ANN a.obj") == path / "T1" / "Ann A.obj"
