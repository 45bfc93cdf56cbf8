"""Scripts, the Dockerfile and compose file: linted, and tried with planted faults."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from cluster.settings import KEPT_AT_HOME, ROOT

SCRIPTS = sorted([*(ROOT / "cluster").glob("*.sh"), *(ROOT / "bench/speed").glob("*.sh"), *ROOT.glob("tests/**/*.sh")])
COMPOSE = yaml.safe_load((ROOT / "cluster/compose.yaml").read_text())


def tool(name):
    found = ROOT / ".venv/bin" / name
    place = str(found) if found.exists() else shutil.which(name)
    return place or pytest.skip(f"{name} is not installed: pip install -e '.[dev]'")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_a_script_is_sound(script):
    done = subprocess.run([tool("shellcheck"), "-x", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_dockerfile_is_sound():
    done = subprocess.run([tool("hadolint"), ROOT / "cluster/Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_an_image_holds_nothing_that_stays_at_home():
    ignored = (ROOT / "cluster/Dockerfile.dockerignore").read_text().splitlines()
    assert len(ignored) == len(KEPT_AT_HOME)
    assert {"data", "results", ".git/config", "**/.env", "**/*.pem", "**/__pycache__"} <= set(ignored)
    assert not any(pattern.startswith("/") for pattern in ignored)


def test_containers_keep_the_token_a_file_and_show_the_dashboard_to_this_machine_alone():
    for name, service in COMPOSE["services"].items():
        assert service["environment"]["RAY_AUTH_MODE"] == "token", name
        assert service["secrets"] == ["auth_token"], name
        assert service["cap_drop"] == ["ALL"], name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
    assert "RAY_AUTH_TOKEN:" not in (ROOT / "cluster/compose.yaml").read_text()


@pytest.fixture
def slurm(tmp_path):
    """Runs the SLURM script with `srun` and `scontrol` that say how they were called."""
    programs = {
        "scontrol": "printf 'node1\\nnode2\\n'",
        "srun": 'case "$*" in *hostname*) echo 127.0.1.1 10.1.2.3;; *) echo "srun $* token=${#RAY_AUTH_TOKEN}";; esac',
        "ray": "true",
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)

    def run(*command, **env):
        job = {"SLURM_JOB_ID": "12345", "SLURM_JOB_NODELIST": "node[1-2]", "SLURM_JOB_NUM_NODES": "2"}
        own = {"SLURM_SUBMIT_DIR": str(ROOT), "SLURM_CPUS_PER_TASK": "8", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        start = ["bash", ROOT / "cluster/slurm.sh", *command]
        return subprocess.run(
            start, env={**os.environ, **job, **own, **env}, capture_output=True, text=True, check=False
        )

    return run


def test_slurm_starts_ray_on_all_nodes_with_a_token_of_the_job(slurm):
    done = slurm("python", "-m", "sweeps.run", "loss_weights", "--address", "auto")
    assert done.returncode == 0, done.stderr
    assert re.search(r"symmetric-run --address 10\.1\.2\.3:22345 --min-nodes 2 --num-cpus=8 --num-gpus=0", done.stdout)
    assert done.stdout.rstrip().endswith("-- python -m sweeps.run loss_weights --address auto token=64")


def test_slurm_without_a_command_says_what_is_missing(slurm):
    done = slurm()
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "name the command" in done.stderr


def test_ray_knows_the_options_that_the_scripts_give():
    command = pytest.importorskip("ray.scripts.symmetric_run").symmetric_run
    assert {"--address", "--min-nodes"} <= {option for one in command.params for option in one.opts}


@pytest.fixture
def checkout(tmp_path):
    """A project with an environment that is there, so that nothing is installed."""
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "cluster").mkdir()
    for name in ("setup.sh", "environment.sh"):
        shutil.copy(ROOT / "cluster" / name, tmp_path / "cluster")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    text = "".join((tmp_path / name).read_text() for name in ("pyproject.toml", "requirements.lock"))
    (tmp_path / ".venv" / ".node").write_text(f"{digest(text)} \n")
    return tmp_path


def digest(text):
    return subprocess.run(["sha256sum"], input=text, capture_output=True, text=True, check=True).stdout.split()[0]


def setup(checkout, *options, **env):
    start = ["bash", checkout / "cluster" / "setup.sh", *options]
    environment = {**os.environ, "HOME": str(checkout), "VIRTUAL_ENV": "", **env}
    return subprocess.run(start, env=environment, capture_output=True, text=True, check=False)


def test_a_node_that_is_set_up_stays_as_it_is(checkout):
    first, second = setup(checkout), setup(checkout)
    assert first.returncode == second.returncode == 0, first.stderr
    assert "node: python 3." in second.stdout and "driver none" in second.stdout
    assert (checkout / ".bashrc").read_text().count("environment.sh") == 1


def test_another_version_than_the_locks_is_said(checkout):
    lock = checkout / "requirements.lock"
    lock.write_text(re.sub(r"^ray==.*$", "ray==9.8.7", lock.read_text(), flags=re.MULTILINE))
    text = (checkout / "pyproject.toml").read_text() + lock.read_text()
    (checkout / ".venv" / ".node").write_text(f"{digest(text)} \n")
    done = setup(checkout)
    assert done.returncode == 2
    assert re.fullmatch(r"setup: ray is \S+ here, requirements.lock names 9.8.7; delete .*\n", done.stderr)


def test_an_old_python_and_a_misspelt_option_are_said(checkout):
    old = checkout / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.8.1\nexit 1\n')
    old.chmod(0o755)
    (checkout / ".venv/bin/python").unlink()
    done = setup(checkout, PYTHON=str(old))
    assert done.returncode == 2 and re.search(r"Python 3\.11 or newer is needed, .* is Python 3\.8\.1", done.stderr)
    done = setup(checkout, "--etxra", "aws")
    assert done.returncode == 2 and "unknown option --etxra" in done.stderr


def test_the_environment_asks_for_the_token_and_names_an_interface_that_leads_out(tmp_path):
    (tmp_path / "ip").write_text("#!/bin/sh\necho 192.0.2.1 via 10.0.0.1 dev eth7 src 10.0.0.2 uid 0\n")
    (tmp_path / "ip").chmod(0o755)
    twice = f". {ROOT}/cluster/environment.sh; " * 2
    script = f'{twice} echo "$RAY_AUTH_MODE $GLOO_SOCKET_IFNAME $PATH"'
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run(["bash", "-euc", script], env=env, capture_output=True, text=True, check=True)
    mode, interface, path = done.stdout.split(maxsplit=2)
    assert (mode, interface) == ("token", "eth7")
    assert path.count(f"{ROOT}/.venv/bin:") == 1


def test_the_environment_opens_no_metrics_and_misses_a_silent_host_soon(tmp_path):
    names = ("RAY_enable_metrics_collection", "AUTOSCALER_METRIC_PORT", "DASHBOARD_METRIC_PORT")
    alive = ("RAY_grpc_client_keepalive_time_ms", "RAY_grpc_client_keepalive_timeout_ms")
    script = f". {ROOT}/cluster/environment.sh; printenv {' '.join(names + alive)}"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DASHBOARD_METRIC_PORT": "44227"}
    done = subprocess.run(["bash", "-euc", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "-1", "44227", "15000", "35000"]
    dockerfile = (ROOT / "cluster/Dockerfile").read_text()
    assert all(f"{name}={value}" in dockerfile for name, value in zip(alive, ("15000", "35000"), strict=True))
