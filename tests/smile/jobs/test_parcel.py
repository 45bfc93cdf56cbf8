"""What a job gets is source alone; what it wrote comes back whole, or not at all."""

import base64
import io
import subprocess
import tarfile
import tomllib

import pytest

from smile.errors import UserError
from smile.jobs.parcel import BEGIN, END, list_source, packed, unwrap, wrap
from smile.provenance import SHIPPED, commit
from tests.places import ROOT

SECRETS = ("smile/token.pem", "smile/data/.env", "bench/scan.wrl", "data/F001/000.wrl", "results/records/a.json")


@pytest.fixture
def checkout(tmp_path):
    """A project with secrets, data and results lying about, and a link that leads out."""
    for name in (*SECRETS, "smile/__init__.py", "bench/protocols/frozen/p.json", "cache/x.npy", "pyproject.toml"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text("canary")
    (tmp_path / "tree" / "smile" / "link.py").symlink_to("/etc/passwd")
    return tmp_path / "tree"


def test_no_secret_no_data_and_no_result_is_shipped(checkout):
    names = [file.as_posix() for file in list_source(checkout)]
    assert names == ["bench/protocols/frozen/p.json", "pyproject.toml", "smile/__init__.py"]


def test_what_an_installed_package_holds_is_shipped_as_well():
    """A job that had measured for hours once ended on the template of its page, which had stayed at home."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    needed = {
        file.relative_to(ROOT) for room, names in data.items() for name in names for file in (ROOT / room).glob(name)
    }
    assert len(needed) > 8
    assert needed - set(list_source(ROOT)) == set()


def test_a_parcel_holds_the_source_and_names_the_commit(checkout):
    with packed(checkout) as stage:
        files = sorted(file.relative_to(stage).as_posix() for file in stage.rglob("*") if file.is_file())
        assert files == ["bench/protocols/frozen/p.json", SHIPPED, "pyproject.toml", "smile/__init__.py"]
        assert (stage / SHIPPED).read_text() == commit()
    assert not stage.exists()


def test_this_checkouts_parcel_runs_by_itself():
    """The doors answer from the parcel, so nothing that they import stays at home."""
    with packed() as stage:
        start = ["bench.run", "--list"]
        script = "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_module(sys.argv[0], run_name='__main__')"
        done = subprocess.run(
            [ROOT / ".venv/bin/python", "-c", script, *start], cwd=stage, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr


def send(place):
    done = subprocess.run(["bash", "-c", wrap(f'"{place}"')], capture_output=True, text=True, check=False)
    return done.stdout, done


def test_what_a_job_wrote_comes_back_without_caches(tmp_path):
    job = tmp_path / "a job"
    for name in ("results/fer4d.md", "results/records/one.json", "cache/big.npy", "results/work/half"):
        (job / name).parent.mkdir(parents=True, exist_ok=True)
        (job / name).write_text(name)
    log, _ = send(job)
    names = unwrap(f"Running entrypoint: {wrap(str(job))}\n{log}and something last", tmp_path / "out")
    assert names == ["results/fer4d.md", "results/records/one.json"]
    assert (tmp_path / "out" / names[0]).read_text() == names[0]


def test_a_job_that_wrote_nothing_is_said(tmp_path):
    log, done = send(tmp_path / "nowhere")
    with pytest.raises(UserError, match="holds no results: the job wrote nothing on this head"):
        unwrap(log + done.stderr, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_cut_parcel_leaves_nothing(tmp_path):
    job = tmp_path / "job"
    job.mkdir()
    (job / "a.json").write_text("x" * 9999)
    log, _ = send(job)
    with pytest.raises(UserError, match="holds no results"):
        unwrap(log.replace(END, ""), tmp_path / "out")
    head, _, rest = log.partition(f"{BEGIN}\n")
    with pytest.raises(UserError, match="came damaged"):
        unwrap(f"{head}{BEGIN}\n{rest[:40]}\n{END}\n", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert [file.name for file in tmp_path.iterdir()] == ["job"]


def test_a_path_that_leads_out_is_refused(tmp_path):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as opened:
        opened.addfile(tarfile.TarInfo("../../escaped"), io.BytesIO())
    log = f"{BEGIN}\n{base64.encodebytes(held.getvalue()).decode()}{END}\n"
    with pytest.raises(UserError, match="came damaged"):
        unwrap(log, tmp_path / "a" / "out")
    assert not (tmp_path / "escaped").exists() and not (tmp_path / "a" / "out").exists()
