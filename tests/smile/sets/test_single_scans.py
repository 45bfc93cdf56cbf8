"""Files are gathered by name wherever they lie; of copies the first good one is taken and the others are named."""

import re

import pytest

from smile.data.face import Skipped
from smile.errors import BadFile
from smile.sets.single_scans import NamingScheme, choose, find, probe_text

PATTERN = re.compile(r"(?P<who>[a-z])\.(?P<kind>scan|marks)", re.IGNORECASE)


def tell(words):
    return words["who"].upper(), words["kind"].lower()


NAMES = NamingScheme(PATTERN, tell, "scan", "a letter")


def gather(root, *names, content="x"):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    skipped = []
    return {found.clip_id: found for found in find(root, NAMES, skipped)}, skipped


def test_files_of_one_scan_are_joined_across_folders_and_case(tmp_path):
    found, skipped = gather(
        tmp_path, "2/b.scan", "1/A.SCAN", "1/a.marks", "3/a.scan", "1/ab.scan", ".old/c.scan", "x.txt", "1/.d.scan"
    )
    assert list(found) == ["A", "B"]
    assert skipped == [Skipped("1/ab.scan", "the name does not read as a letter", str(tmp_path / "1" / "ab.scan"))]
    assert found["A"].files == {
        "scan": (tmp_path / "1" / "A.SCAN", tmp_path / "3" / "a.scan"),
        "marks": (tmp_path / "1" / "a.marks",),
    }


def test_the_nearest_file_is_the_one_in_the_scans_folder(tmp_path):
    found, _ = gather(tmp_path, "1/a.marks", "2/a.scan", "2/a.marks", "3/a.scan")
    assert found["A"].nearest("marks", tmp_path / "2" / "a.scan") == tmp_path / "2" / "a.marks"
    assert found["A"].nearest("marks", tmp_path / "3" / "a.scan") == tmp_path / "1" / "a.marks"
    assert found["A"].nearest("picture", tmp_path / "3" / "a.scan") is None


def test_the_first_good_copy_is_taken_and_every_other_one_named(tmp_path):
    gather(tmp_path, "1/a.scan", content="")
    found, skipped = gather(tmp_path, "2/a.scan", "3/a.scan")
    assert choose(found["A"], "scan", probe_text, skipped) == tmp_path / "2" / "a.scan"
    assert [entry.clip_id for entry in skipped] == ["A", "A"]
    assert str(skipped[0]) == f"A: {tmp_path / '1' / 'a.scan'}: byte 0: the file is empty; copy the file again"
    assert skipped[1] == Skipped("A", "second copy", str(tmp_path / "3" / "a.scan"))
    assert choose(found["A"], "marks", probe_text, skipped) is None


def test_a_scan_that_is_a_folder_or_leads_nowhere_is_no_scan(tmp_path):
    (tmp_path / "a.scan").mkdir()
    (tmp_path / "b.scan").symlink_to(tmp_path / "absent")
    for name in "ab":
        with pytest.raises(BadFile, match="cannot be read"):
            probe_text(tmp_path / f"{name}.scan")
