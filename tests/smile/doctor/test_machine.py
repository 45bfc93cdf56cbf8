"""The doctor tells a machine that is well from one with a planted fault, in one line with its remedy."""

import json
import os
import socket
import tempfile
from importlib import metadata
from types import SimpleNamespace

import pytest

import smile.run
from smile.doctor.finding import BROKEN, WEAK, WELL, Finding, attempt, is_usable, rate
from smile.doctor.graphics import check_card, read_driver
from smile.doctor.machine import (
    CHECKS,
    check_home,
    check_name,
    check_shared_memory,
    check_temporary,
    check_token,
    find_other_versions,
    read_limit,
    read_memory,
)


def test_every_check_says_one_line():
    findings = [check() for check in CHECKS]
    assert len({finding.what for finding in findings}) == len(findings)
    for finding in findings:
        assert "\n" not in finding.to_line() and finding.said
        assert bool(finding.remedy) == (finding.state != WELL), finding


def test_a_remedy_belongs_to_a_fault():
    assert rate("disk", "full", WEAK, "make room").to_line() == "weak    disk         full; make room"
    assert rate("disk", "90 GB", "", "make room") == Finding("disk", WELL, "90 GB")
    assert is_usable([rate("a", "b", WEAK, "c")]) and not is_usable([rate("a", "b", BROKEN, "c")])


def test_a_package_of_another_version_is_named():
    numpy = metadata.version("numpy")
    assert find_other_versions(f"# numpy==1\nnumpy=={numpy}\nno-such-package==1.0\n") == []
    assert find_other_versions("numpy==1.0\n") == [f"numpy {numpy} (locked: 1.0)"]


@pytest.mark.parametrize(("limit", "free", "total"), [(float("inf"), 2048e3, 4096e3), (1e6, 1e6, 1e6)])
def test_memory_is_what_the_container_may_use(limit, free, total):
    text = "MemTotal:  4000 kB\nMemFree: 1 kB\nMemAvailable:  2000 kB\nHugePages_Total: 0\n"
    assert read_memory(text, limit) == (min(free, limit), total)


def test_a_limit_of_the_control_group_is_read(tmp_path):
    assert read_limit(tmp_path) == float("inf")
    (tmp_path / "memory.max").write_text("max\n")
    assert read_limit(tmp_path) == float("inf")
    (tmp_path / "memory.max").write_text("1073741824\n")
    assert read_limit(tmp_path) == 2**30


@pytest.mark.parametrize(("mode", "state"), [(0o600, WELL), (0o644, BROKEN), (0o640, BROKEN)])
def test_a_token_that_others_read_is_broken(tmp_path, monkeypatch, mode, state):
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    token = tmp_path / "auth_token"
    token.write_text("secret")
    token.chmod(mode)
    found = check_token(token)
    assert found.state == state and "secret" not in found.to_line()
    assert found.remedy == (f"chmod 600 {token}" if state == BROKEN else "")


def test_a_token_in_the_environment_is_said_and_not_shown(monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "canary")
    assert check_token().state == WEAK and "canary" not in check_token().to_line()


def test_a_missing_home_and_a_long_folder_for_temporary_files_are_said(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    assert check_home().state == WEAK
    monkeypatch.setenv("HOME", str(tmp_path))
    assert check_home().state == WELL
    for place, state in (("/tmp", WELL), ("/tmp/" + 40 * "x", WEAK)):
        monkeypatch.setattr(tempfile, "tempdir", place)
        assert check_temporary().state == state


def test_a_host_whose_name_is_127_is_weak_until_the_interface_is_named(monkeypatch):
    monkeypatch.delenv("GLOO_SOCKET_IFNAME", raising=False)
    for address, state in (("127.0.1.1", WEAK), ("10.0.0.3", WELL)):
        monkeypatch.setattr(socket, "gethostbyname", lambda _, address=address: address)
        assert check_name().state == state
    monkeypatch.setattr(socket, "gethostbyname", lambda _: "127.0.1.1")
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "eth0")
    assert check_name().state == WELL


def test_small_shared_memory_is_weak(tmp_path):
    assert check_shared_memory(tmp_path / "nowhere").state == WEAK


def test_a_card_that_torch_cannot_use_is_broken(monkeypatch):
    import torch

    assert check_card(lambda: "").state == WELL
    monkeypatch.setattr(torch.version, "cuda", None)
    assert "built without CUDA" in check_card(lambda: "NVIDIA A10G, 570.1").said
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    for available, state in ((False, BROKEN), (True, WELL)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda available=available: available)
        assert check_card(lambda: "NVIDIA A10G, 570.1").state == state


def test_the_driver_is_read_from_nvidias_program(tmp_path, monkeypatch):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA A10G, 570.1'\necho 'NVIDIA A10G, 570.1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert read_driver() == "NVIDIA A10G, 570.1; NVIDIA A10G, 570.1"
    program.write_text("#!/bin/sh\nexit 9\n")
    assert read_driver() == ""


def test_the_command_gives_json_and_its_status(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    token = tmp_path / "auth_token"
    token.write_text("secret")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(token))
    for mode, status in ((0o644, 2), (0o600, 0)):
        token.chmod(mode)
        assert smile.run.main(["doctor", "--json"]) == status
        findings = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
        assert (findings["token"]["state"] == BROKEN) == bool(status)
        assert set(findings["token"]) == {"what", "state", "said", "remedy"}


@pytest.mark.parametrize(
    ("usable", "faults", "state", "status"), [(9, 0, "well", 0), (8, 1, "weak", 0), (0, 9, "broken", 2)]
)
def test_data_are_looked_at(monkeypatch, capsys, usable, faults, state, status):
    found = SimpleNamespace(usable=usable, read=9, faults=(None,) * faults)
    monkeypatch.setattr("smile.sources.open_source", lambda source: SimpleNamespace(title=source.name))
    monkeypatch.setattr("smile.check.inspection.inspect", lambda *_, quick: found if quick else None)
    assert smile.run.main(["doctor", "--data", "bu3dfe=data"]) == status
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith(f"{state:<7} data         {usable} of 9 scans read, {faults} faults")
    assert ("check --data bu3dfe=data" in line) == bool(faults)


def test_a_cluster_that_is_not_there_is_said_before_anything_else(capsys):
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{opened.getsockname()[1]}"
    assert smile.run.main(["doctor", "--address", address]) == 2
    assert capsys.readouterr().out == ""


def test_what_this_user_may_not_look_at_hides_no_other_finding(monkeypatch, capsys):
    def check_attic():
        raise PermissionError(13, "Permission denied", "/attic\nkey")

    found = attempt(check_attic)
    assert (found.what, found.state) == ("attic", WEAK) and "Permission denied" in found.said and found.remedy
    assert "\n" not in found.to_line()
    monkeypatch.setattr("smile.doctor.machine.CHECKS", (check_attic, check_temporary))
    assert smile.run.main(["doctor"]) in (0, 2)
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()][:2] == ["attic", "TMPDIR"]


def test_a_host_whose_name_is_none_has_no_address(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "x" * 64 + "..y")
    assert attempt(check_name).state == WEAK


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shared", "."], "add --address or --rehearse"),
        (["--shared", "/dev/null"], "--shared /dev/null: /dev/null is no folder"),
        (["--data", "bu4dfee=x"], "did you mean 'bu4dfe'"),
    ],
)
def test_what_nobody_would_look_at_is_said_before_the_machine_is(monkeypatch, capsys, words, said):
    monkeypatch.setattr("smile.doctor.machine.CHECKS", (lambda: pytest.fail("the machine is looked at"),))
    assert smile.run.main(["doctor", *words]) == 2
    told = capsys.readouterr()
    assert said in told.err and told.err.count("\n") == 1 and not told.out


def test_data_that_are_gone_are_a_finding_beside_the_others(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("smile.doctor.machine.CHECKS", ())
    assert smile.run.main(["doctor", "--json", "--data", f"bu4dfe={tmp_path}/gone"]) == 2
    assert json.loads(capsys.readouterr().out)[-1]["state"] == BROKEN
