"""What a user sees of a data set: a table, the faults, and JSON that holds nothing else."""

import json
import shutil

import pytest

from smile.commands.check import SHOWN
from smile.run import main
from smile.stand_ins.export.bu4dfe import export_bu4dfe
from smile.stand_ins.synthetic import make_synthetic
from tests.smile.stand_ins.export.sources import ignore


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    root = tmp_path_factory.mktemp("bu4dfe")
    export_bu4dfe(make_synthetic(1, 4).clips, root, "a test", ignore)
    return root


@pytest.fixture
def tree(tmp_path, whole):
    return shutil.copytree(whole, tmp_path / "tree")


def check(capfd, tree, *more):
    status = main(["check", "--data", f"bu4dfe={tree}", *more])
    said = capfd.readouterr()
    return status, said.out, said.err


def rows(text):
    return {line[:22].strip(): line[22:].split() for line in text.splitlines() if line[:22].strip()}


def test_counts_stand_beside_those_of_the_release_and_a_stand_in_is_called_one(tree, capfd):
    status, out, errors = check(capfd, tree)
    assert status == 0
    assert rows(out)["subjects"] == ["1", "101", "!"]
    assert rows(out)["clips of fear"] == ["1", "101", "!"]
    assert "Stand-in: these faces were made (a test), they are not recordings" in out
    assert "Licence" not in out
    assert out.endswith("Faults: none\n")
    assert "Reading BU-4DFE" in errors


def test_recordings_come_with_the_licence_that_their_user_must_hold(tree, capfd):
    (tree / "stand-in.json").unlink()
    for scan in tree.rglob("*.wrl"):
        scan.write_bytes(scan.read_bytes().replace(b"Not a recording, made by", b"As if recorded by"))
    _, out, _ = check(capfd, tree)
    assert "Licence: you must hold one from Binghamton University, https://" in out
    assert "Stand-in" not in out


def test_json_holds_the_agreed_keys_and_stdout_nothing_else(tree, capfd):
    (tree / "F001" / "Fear" / "001.wrl").write_bytes(b"")
    status, out, errors = check(capfd, tree, "--json")
    found = json.loads(out)
    assert list(found) == ["data_set", "subjects", "clips", "scans", "labels", "faults", "alike", "left_out", "twins"]
    assert [list(fault) for fault in found["faults"]] == [["file", "reason"]]
    assert (status, found["data_set"], found["subjects"], found["clips"]) == (0, "bu4dfe", 1, 6)
    assert "Reading BU-4DFE" in errors


def test_people_are_shown_the_first_faults_and_how_many_more_there_are(tree, capfd):
    for number, scan in enumerate(sorted(tree.rglob("*.wrl"))):
        if number < SHOWN + 2:
            scan.write_bytes(b"")
    status, out, _ = check(capfd, tree)
    assert status == 0
    assert f"Faults: {SHOWN + 2}\n" in out
    assert out.count("without a coord block") == SHOWN
    assert "and 2 more; --json has them all" in out
    assert len(json.loads(check(capfd, tree, "--json")[1])["faults"]) == SHOWN + 2


def test_where_not_one_scan_can_be_used_the_status_is_two_and_every_fault_is_listed(tree, capfd):
    scans = sorted(tree.rglob("*.wrl"))
    for scan in scans:
        scan.write_bytes(b"")
    status, out, _ = check(capfd, tree, "--json")
    assert status == 2
    assert {fault["file"] for fault in json.loads(out)["faults"]} == {str(scan) for scan in scans}


def test_quick_says_that_it_was(tree, capfd):
    _, out, _ = check(capfd, tree, "--quick")
    assert "Read: the first scan of each clip, 6 of" in out


def test_scans_without_a_picture_are_counted_and_the_first_are_named(tree, capfd):
    scans = sorted((tree / "F001" / "Fear").glob("*.wrl"))
    for count, more in ((2, ""), (4, " and 1 more")):
        for scan in scans[:count]:
            scan.with_suffix(".jpg").unlink(missing_ok=True)
        named = "; ".join(map(str, scans[: min(count, 3)]))
        assert f"\n{count} scan(s) have no texture, others do: {named}{more}\n" in check(capfd, tree)[1]


@pytest.mark.parametrize(
    ("data", "words"), [("bu4dfe=nowhere", "nowhere"), ("bu4df=x", "did you mean 'bu4dfe'"), ("bu4dfe", "say where")]
)
def test_a_mistake_is_one_line_and_status_two(capfd, data, words):
    assert main(["check", "--data", data, "--json"]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert words in said.err and said.err.count("\n") == 1


def test_a_number_of_scans_is_marked_where_the_release_tells_it_exactly(tree, tmp_path, capfd):
    assert main(["export", "--format", "bu3dfe", "--subjects", "1", "--out", str(tmp_path / "stills")]) == 0
    capfd.readouterr()
    assert main(["check", "--data", f"bu3dfe={tmp_path / 'stills'}"]) == 0
    assert rows(capfd.readouterr().out)["scans"] == ["25", "2,500", "!"]
    assert rows(check(capfd, tree)[1])["scans"][1:] == ["about", "60,600"]
