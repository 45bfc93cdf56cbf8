"""What nodes say is compared: one that differs, is late or slow is named, with a remedy."""

import json
import subprocess
import sys

import pytest

from smile.doctor.finding import BROKEN, WEAK, WELL
from smile.doctor.nodes import compare, look, name_node, read_token
from tests.places import ROOT


def facts(host, **changes):
    same = {"versions": {"ray": "2.60.0"}, "code": "ab", "token": "cd", "driver": [], "late": 0.0, "unsure": 0.01}
    return {"host": host, **same, "speed": 2e8, **changes}


def found(*answers):
    return {one.what: one for one in compare(answers)}


def test_nodes_that_are_alike_are_well():
    findings = found(facts("a", speed=0.0), facts("b"), facts("c", speed=1e8))
    assert {one.state for one in findings.values()} == {WELL}
    assert findings["network"].said == "100 MB/s to the slowest node"


@pytest.mark.parametrize(
    ("what", "key", "value"),
    [("versions", "versions", {"ray": "2.59.0"}), ("code", "code", "zz"), ("tokens", "token", "zz")],
)
def test_a_node_that_differs_is_named(what, key, value):
    findings = found(facts("a"), facts("b", **{key: value}), facts("c"))
    assert findings[what].state == BROKEN
    assert findings[what].said == "other on b than elsewhere" and findings[what].remedy
    assert {one.state for name, one in findings.items() if name != what} == {WELL}


def test_a_node_without_a_card_needs_no_driver_and_two_drivers_are_weak():
    assert found(facts("a"), facts("b", driver=["570.1"]))["driver"].state == WELL
    assert found(facts("a", driver=["535.2"]), facts("b", driver=["570.1"]))["driver"].state == WEAK


def test_a_wrong_clock_is_said_where_the_answer_did_not_take_as_long():
    assert found(facts("a", late=-30.0))["clock"].said == "a is -30.0 s from here"
    assert "clock" not in found(facts("a", late=-30.0, unsure=29.5))


def test_a_slow_network_is_said():
    assert found(facts("a", speed=1e7))["network"].said == "a fetches 10 MB/s"


def test_nobody_learns_the_token_and_two_tokens_differ(tmp_path, monkeypatch):
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    file = tmp_path / "auth_token"
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(file))
    assert read_token() == ""
    file.write_text("canary\n")
    first = read_token()
    assert len(first) == 64 and "canary" not in first
    monkeypatch.setenv("RAY_AUTH_TOKEN", "canary")
    assert read_token() == first
    monkeypatch.setenv("RAY_AUTH_TOKEN", "other")
    assert read_token() != first


def test_a_node_writes_beside_the_mark_only_where_it_sees_it(tmp_path):
    assert not look("", "mark")["sees"]
    assert not look(str(tmp_path), "mark")["sees"] and list(tmp_path.iterdir()) == []
    (tmp_path / "mark").touch()
    assert look(str(tmp_path), "mark")["writes"] and len(list(tmp_path.iterdir())) == 2


def test_two_nodes_on_one_host_are_two():
    alike = {"NodeManagerHostname": "desk", "NodeManagerAddress": "10.0.0.1"}
    one, other, third = ({**alike, "NodeID": "abcdef01"}, {**alike, "NodeID": "beef0123"}, {**alike, "NodeID": "0c"})
    third["NodeManagerAddress"] = "10.0.0.2"
    assert name_node(one, [one, third]) == "desk (10.0.0.1)"
    assert [name_node(node, [one, other, third]) for node in (one, other, third)] == [
        "desk (10.0.0.1, node abcdef)",
        "desk (10.0.0.1, node beef01)",
        "desk (10.0.0.2)",
    ]


@pytest.mark.release
def test_a_cluster_of_two_nodes_on_this_host_is_examined_as_two(nodes, tmp_path):
    address = nodes.stdout.readline().strip()
    assert address, "Ray does not start here"
    command = [sys.executable, "-m", "smile.run", "doctor", "--json", "--address", address, "--shared", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    said = {one["what"]: one["said"] for one in json.loads(done.stdout)}
    assert said["cluster"].startswith("2 nodes")
    assert said["versions"] == said["tokens"] == "the same on 2 nodes"
    assert said["shared"].endswith("seen and written by 2 of 2 nodes")
    assert list(tmp_path.iterdir()) == []
