"""Every command ends with one line and a status, never with a trace."""

import errno
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from smile.door import CUT_OFF, MISTAKE, STOPPED, leave, require_file, require_place, require_worker
from smile.errors import BadFile, UserError
from smile.progress import Reporter
from smile.run import main
from sweeps.run import main as sweep
from tests.places import ROOT


def refuse(error):
    def act():
        raise error

    return act


def test_the_status_of_the_work_is_the_status_of_the_command(capsys):
    assert leave("bench.run", lambda: 1) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("error", [UserError("no such suite"), BadFile("a.wrl", "byte 7", "is cut", "copy it again")])
def test_a_mistake_is_one_line_on_stderr(error, capsys):
    assert leave("bench.run", refuse(error)) == MISTAKE
    assert capsys.readouterr().err == f"bench.run: {error}\n"


def test_ctrl_c_says_that_the_work_goes_on(capsys):
    assert leave("sweeps.run", refuse(KeyboardInterrupt())) == STOPPED
    assert "goes on from here" in capsys.readouterr().err


def test_a_defect_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        leave("smile.run", lambda: 1 // 0)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert leave("bench.run", (tmp_path / "file" / "below").mkdir) == MISTAKE
    assert capsys.readouterr().err.startswith(f"bench.run: {tmp_path}/file/below: Not a directory; name a place")
    assert leave("bench.run", refuse(OSError(errno.ENOSPC, "No space left on device"))) == MISTAKE
    assert capsys.readouterr().err.startswith("bench.run: No space left on device; ")


def test_a_full_disk_is_said_with_the_room_that_is_left(tmp_path, capsys):
    error = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "new" / "file"))
    assert leave("bench.run", refuse(error)) == MISTAKE
    said = capsys.readouterr().err
    assert re.match(
        rf"bench\.run: {tmp_path}/new/file: No space left on device \([\d,]+ bytes are left\); name a", said
    )


def test_an_error_of_the_system_that_names_no_place_is_not_hidden():
    with pytest.raises(OSError, match="Bad address"):
        leave("bench.run", refuse(OSError(errno.EFAULT, "Bad address")))


def test_a_reader_that_has_enough_is_no_mistake():
    act = "from smile.door import leave; import sys; sys.exit(leave('x', lambda: print('line\\n' * 100000) or 0))"
    with subprocess.Popen([sys.executable, "-c", act], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        command.stdout.readline()
        command.stdout.close()
        assert command.stderr.read() == b""
    assert command.returncode == CUT_OFF


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252:strict", "utf-8"])
@pytest.mark.parametrize("label", ["грусть", "悲しみ", "\udcff"])
def test_letters_that_the_terminal_lacks_end_nothing(encoding, label):
    act = f"""
import sys
from smile.door import leave
from smile.errors import UserError
from smile.progress import Reporter

def act():
    with Reporter() as reporter:
        reporter.say(label)
        reporter(label, 1, 2)
        print(label)
    raise UserError(label)

label = {label!a}
sys.exit(leave("a.door", act))
"""
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", act], env=env, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == MISTAKE
    shown = label.encode(encoding.partition(":")[0], "backslashreplace").decode("latin-1")
    assert shown in done.stdout.decode("latin-1") and done.stderr.decode("latin-1").count(shown) == 3


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_ends_nothing_and_no_file_takes_its_place(closed, tmp_path):
    act = """
import sys
from importlib import import_module
from pathlib import Path
from smile.door import leave
from smile.errors import UserError
def act():
    with open("made", "w") as file:
        assert file.fileno() > 2
        print("a line")
        print("another", file=sys.stderr)
        sys.stdin.read()
        file.write("whole")
    raise UserError("a mistake")
sys.exit(leave("a.door", act))
"""
    (tmp_path / "act.py").write_text(act)
    command = f"exec {sys.executable} act.py {closed}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command], env=env, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, (tmp_path / "made").read_text()) == (MISTAKE, "whole")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("workers", [0, -3])
def test_somebody_must_work(workers):
    with pytest.raises(UserError, match=f"--workers {workers}: at least one"):
        require_worker(workers)
    assert require_worker(None) is require_worker(1) is None


def test_a_place_for_results_is_asked_for_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UserError, match="file is no folder that can be written; name another"):
            require_place(out)
    require_place(tmp_path / "new" / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("out", ["/proc/nobody", "/proc/nobody/below", "/sys/kernel/nobody"])
def test_a_place_where_not_even_root_writes_is_refused_before_the_work(out):
    with pytest.raises(UserError, match="is no folder that can be written; name another"):
        require_place(Path(out))


def test_a_limit_of_files_tells_no_room_of_the_disk(tmp_path, capsys):
    error = OSError(errno.EFBIG, "File too large", str(tmp_path / "file"))
    assert leave("a.door", refuse(error)) == MISTAKE
    assert f"{tmp_path}/file: File too large; name a place" in capsys.readouterr().err


@pytest.mark.parametrize("target", ["link", "nowhere"])
def test_a_link_that_leads_nowhere_is_refused_before_the_work(tmp_path, target):
    (tmp_path / "link").symlink_to(target)
    for place in (tmp_path / "link", tmp_path / "link" / "below"):
        with pytest.raises(UserError, match="link is a link that leads nowhere; take it away, or name another"):
            require_place(place)


def test_a_link_that_leads_to_itself_is_one_line_and_other_faults_of_code_are_not(tmp_path, capsys):
    (tmp_path / "link").symlink_to("link")
    assert leave("a.door", (tmp_path / "link").resolve) == MISTAKE
    said = f"a.door: '{tmp_path}/link': is a link that leads to itself; name another place, or take it away\n"
    assert capsys.readouterr().err == said
    with pytest.raises(RuntimeError, match="ours"):
        leave("a.door", refuse(RuntimeError("ours")))


def test_a_file_is_not_written_in_the_place_of_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(UserError, match=r"pipe\.json: is a pipe, no file; take it away, or name another"):
        require_file("--out", tmp_path / "pipe.json", [".json"])
    (tmp_path / "file.json").touch()
    (tmp_path / "link.json").symlink_to("nowhere")
    for name in ("file", "link", "new"):
        require_file("--out", tmp_path / f"{name}.json", [".json"])


@pytest.mark.parametrize(("out", "name"), [("", "bu4dfe"), ("out", "scans"), ("a/../b/out", "scans"), ("", "manifest")])
def test_results_in_the_data_are_refused(tmp_path, monkeypatch, out, name):
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    for root in ("data", str(tmp_path / "data")):
        with pytest.raises(UserError, match="lies in the data set"):
            require_place(Path("data") / out, ["ict", f"{name}={root}"])
    require_place(tmp_path / "data2", [f"{name}=data"])
    require_place(tmp_path / "data" / "runs", ["manifest=data", "synthetic"])


def test_words_of_thousands_of_letters_are_not_printed_in_full(capsys):
    leave("a.door", refuse(UserError("no such folder: " + "/long" * 900 + "/end; name another")))
    said = capsys.readouterr().err
    assert len(said) < 400 and "[...]" in said and said.endswith("/end; name another\n")


@pytest.mark.parametrize("asked", [["--help"], ["--version"], ["train", "--help"]])
def test_help_that_cannot_be_written_is_no_success(asked):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "smile.run", *asked], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("smile.run: ") and "No space left on device" in done.stderr


HOSTILE = "a\x1b]0;title\x07b\x9b2Jc\rd\x7f"


def test_no_name_from_a_file_moves_the_cursor(capsys):
    def act():
        print(HOSTILE, "Zoë\t喜\n", end="")
        sys.stdout.write(HOSTILE)
        with Reporter() as reporter:
            reporter.say(HOSTILE)
            reporter(HOSTILE, 1, 1)
        raise UserError(HOSTILE)

    assert leave("smile.run", act) == MISTAKE
    shown = capsys.readouterr()
    assert shown.out == r"a\x1b]0;title\x07b\x9b2Jc\x0dd\x7f Zoë" + "\t喜\n" + r"a\x1b]0;title\x07b\x9b2Jc\x0dd\x7f"
    assert len(shown.err.splitlines()) == 3 and not set(shown.err) & set("\x1b\x07\x9b\r\x7f")
    assert leave("smile.run", refuse(FileNotFoundError(2, "gone", HOSTILE))) == MISTAKE
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["prepare", "--data", "manifest=a", "--data", "manifest=b"],
        ["check", "--data", "manifest=a", "--data=bu3dfe=b"],
        ["export", "--data", "ict=a", "--data", "synthetic", "--out", "x"],
        ["predict", "x.obj", "--model", "m", "--fit", "bu4dfe=a", "--fit", "bp4d=b"],
    ],
)
def test_one_data_set_named_twice_is_refused_and_not_overruled(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main(command)
    assert caught.value.code == MISTAKE
    named = [word.removeprefix("--data=") for word in command if "=" in word or word == "synthetic"]
    assert f"is given twice, as {named[0]} and {named[1]}; name one data set" in capsys.readouterr().err


def test_a_sweep_searches_on_one_data_set(capsys):
    with pytest.raises(SystemExit) as caught:
        sweep(["loss_weights", "--data", "bu4dfe=a", "--data", "bp4d=b"])
    assert caught.value.code == MISTAKE and "is given twice" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("smile.run views synthetic --out folder.png", "--out folder.png: is a folder"),
        ("smile.run views synthetic --out file/sheet.png", "--out file/sheet.png: HERE/file is no folder"),
        ("smile.run predict --fit synthetic --model folder --picture folder.png", "--picture folder.png: is a folder"),
        (
            "smile.run predict --fit synthetic --model folder --probe file/probe",
            "--probe file/probe: HERE/file is no folder",
        ),
        ("bench.run features --model folder --out folder.npz", "--out folder.npz: is a folder"),
        ("bench.run features --model folder --out a.npz --map folder.png", "--map folder.png: is a folder"),
        ("bench.run tune --methods simclr --out file/tuning.json", "--out file/tuning.json: HERE/file is no folder"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work_at_every_door(
    command, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    for name in ("folder", "folder.png", "folder.npz"):
        (tmp_path / name).mkdir()
    door, *words = command.split()
    assert import_module(door).main(words) == MISTAKE
    error = capsys.readouterr().err
    assert error.startswith(f"{door}: {said.replace('HERE', str(tmp_path))}") and error.count("\n") == 1
