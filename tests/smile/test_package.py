"""What the package settles before anything else is imported: where compiled code is kept."""

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.places import ROOT

#: Imports the package where the folders that are named cannot be written, and prints where compiled code is kept.
IMPORT = """
    import os, sys
    real, sealed = os.access, tuple(sys.argv[1:])
    os.access = lambda path, mode: not str(path).startswith(sealed) and real(path, mode)
    import smile
    print(os.environ.get("NUMBA_CACHE_DIR", ""))
"""


def place_compiled(tmp_path, *sealed, **variables):
    tree, home = str(ROOT), str(tmp_path / "home")
    env = {**os.environ, "TMPDIR": str(tmp_path), "HOME": home, "XDG_CACHE_HOME": "", "PYTHONPATH": tree, **variables}
    if not variables:
        env.pop("NUMBA_CACHE_DIR", None)
    start = [sys.executable, "-c", textwrap.dedent(IMPORT), *({"tree": tree, "home": home}[one] for one in sealed)]
    return subprocess.run(start, env=env, capture_output=True, text=True, check=True, cwd=tmp_path).stdout.strip()


@pytest.fixture(autouse=True)
def home(tmp_path):
    (tmp_path / "home").mkdir()


@pytest.mark.parametrize("sealed", [(), ("tree",), ("home",)])
def test_numba_is_left_alone_where_it_finds_a_place(tmp_path, sealed):
    assert place_compiled(tmp_path, *sealed) == ""


def test_what_the_user_names_is_kept(tmp_path):
    assert place_compiled(tmp_path, "tree", "home", NUMBA_CACHE_DIR="mine") == "mine"


def test_without_tree_and_home_it_is_a_folder_of_the_users_own_twice_the_same(tmp_path):
    found = [Path(place_compiled(tmp_path, "tree", "home")) for _ in range(2)]
    assert found[0] == found[1] and found[0].parent == tmp_path
    assert stat.S_IMODE(found[0].stat().st_mode) == 0o700


@pytest.mark.parametrize("trap", ["open to all", "link"])
def test_a_folder_that_others_can_write_is_passed_over(tmp_path, trap):
    usual = tmp_path / f"smile-numba-{os.geteuid()}"
    if trap == "link":
        (tmp_path / "theirs").mkdir()
        usual.symlink_to(tmp_path / "theirs")
    else:
        usual.mkdir()
        usual.chmod(0o777)
    found = Path(place_compiled(tmp_path, "tree", "home"))
    assert found.parent == tmp_path and found != usual and stat.S_IMODE(found.stat().st_mode) == 0o700


@pytest.mark.slow
@pytest.mark.parametrize("threads", ["", "0", "abc", "-1", "1.5"])
def test_a_number_of_threads_that_is_none_is_the_default_and_no_trace(threads):
    act = "import smile, numba; print(numba.config.NUMBA_NUM_THREADS > 0)"
    env = {**os.environ, "NUMBA_NUM_THREADS": threads}
    done = subprocess.run([sys.executable, "-c", act], env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.parametrize("home", ["nobody's", "closed"])
def test_a_user_whom_the_system_does_not_know_or_whose_home_is_closed_has_a_place(tmp_path, home):
    """Nobody may look into the home of another: no file, and no permission, is told apart by an error."""
    env = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), "HOME": f"/{'x' * 300}"}
    if home == "nobody's":
        del env["HOME"]
    for name in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
        env.pop(name, None)
    code = f"""
        import os, pwd
        pwd.getpwuid = {{}}.__getitem__
        real = os.access
        os.access = lambda path, mode: not str(path).startswith({str(ROOT)!r}) and real(path, mode)
        import smile
        print(os.environ["NUMBA_CACHE_DIR"])
    """
    start = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(start, env=env, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent == tmp_path
