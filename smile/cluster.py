"""EDGE ray: joins a Ray cluster, or starts one here, and leaves it when the work ends."""

from __future__ import annotations

import os
import re
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from smile.errors import UserError

#: Values of Ray's environment variables, unless the user set them: Ray sends no usage report, and already uses its
#: announced new default for accelerators, so it does not warn about the change.
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}

#: The same for a cluster: how often this process asks a silent node whether it still works, and how long it waits for
#: an answer, in milliseconds. Ray's own five minutes and two would be a hang after a loss of power. No server of Ray
#: takes more than a question a minute, unless its own environment says so (cluster/environment.sh).
JOINED = {"RAY_grpc_client_keepalive_time_ms": "60000", "RAY_grpc_client_keepalive_timeout_ms": "35000"}

#: The same for a Ray that is started here: every port on the loopback interface (Ray's way on a Mac), and none for
#: metrics, which would ask for no token. Ray lets workers come last on a busy machine (niceness 15): a command would
#: then hardly go on where it would without Ray.
ALONE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_enable_metrics_collection": "0",
    "RAY_worker_niceness": "0",
}

#: Seconds until an address counts as dead; Ray itself would wait for a quarter of an hour.
PATIENCE = 5.0

#: Letters of a folder for temporary files below which Ray's sockets have names that the system takes.
_SOCKET_ROOM = 39

#: Hosts that Ray replaces by the address of this machine that others see.
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

_REMEDY = "is it up, is RAY_AUTH_MODE=token set, and is its token in ~/.ray/auth_token?"

#: What a client of HTTP/2, and so of gRPC, says first: the preface and an empty frame of settings.
_GREETING, _SETTINGS = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]), 4

#: Variables that a worker needs: to find programs and libraries, to speak, and to use the machine.
NAMES = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "HOSTNAME", "LANG", "LANGUAGE", "TERM", "TZ", "TMPDIR"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH", "LD_PRELOAD", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "ICT_FACEKIT"),
)

#: What the names of others begin with.
FAMILIES = (
    *("LC_", "PYTHON", "RAY_", "TUNE_", "XDG_", "MPL", "NUMBA_", "TORCH", "PYTORCH_", "TRANSFORMERS_", "TRITON_"),
    *("CUDA_", "NVIDIA_", "NCCL_", "GLOO_", "HIP_", "ROCR_", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_"),
    *("PYOPENGL_", "EGL_", "MESA_", "__EGL_"),
)

#: In a name of those families, of all but Ray itself: a secret.
_SECRET = re.compile("TOKEN|SECRET|PASS|CREDENTIAL|COOKIE|AUTH|KEY")


@contextmanager
def joined(
    address: str, extras: str, options: Mapping[str, Any] | None = None, secrets_for: Sequence[str] = ()
) -> Iterator[None]:
    """Joins the Ray cluster at `address` inside a `with` block, and leaves it at the end.

    "auto" is the cluster of this machine; "local" starts a new one here. Where this process has already joined Ray,
    uses that cluster and does not leave it. Inside the block, the environment holds only the variables that workers
    need, and those whose names begin with one of `secrets_for`: Ray hands the environment on, and writes parts of it
    down. Raises UserError where Ray is not installed with its `extras`, e.g. "data", where no cluster answers, and
    where Ray breaks off.
    """
    prepare_environment(address)
    try:
        import ray
    except ImportError as error:
        raise UserError(f"a cluster needs Ray; install it with: pip install 'ray[{extras}]'") from error
    with only_needed(secrets_for):
        if ray.is_initialized():
            yield
            return
        _start(address, options or {})
        # What Ray starts for itself looks here: without it a second Ray on this machine would be asked instead.
        os.environ["RAY_ADDRESS"] = ray.get_runtime_context().gcs_address
        try:
            yield
        except ray.exceptions.RayError as error:
            raise UserError(f"Ray broke off: {last_line(find_cause(error))}; the same command goes on") from error
        finally:
            ray.shutdown()


def is_joined() -> bool:
    """Returns whether this process has joined a Ray cluster already."""
    ray = sys.modules.get("ray")
    return ray is not None and bool(ray.is_initialized())


def prepare_environment(address: str) -> None:
    """Sets Ray's variables, unless the user set them. Call it before the first import of Ray, which reads some."""
    for key, value in {**QUIET, **(ALONE if address == "local" else JOINED)}.items():
        os.environ.setdefault(key, value)


def require_cluster(address: str | None) -> None:
    """Raises UserError where no cluster answers at the address, within seconds; None needs none."""
    if address in (None, "local"):
        return
    assert address is not None
    host, _, port = _find(address).removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UserError(f"--address {address}: give auto, or HOST:PORT as `ray start --head` prints it")
    try:
        _greet(host.strip("[]"), int(port))
    except (OSError, UnicodeError) as error:
        raise UserError(f"no Ray cluster answers at {address}: {error}; {_REMEDY}") from None
    if host in _LOOPBACK:
        _greet_from_outside(address, int(port))


def _greet_from_outside(address: str, port: int) -> None:
    """Raises UserError where a cluster hears the loopback interface only: Ray asks at this machine's other address.

    Ray itself would do so for a quarter of an hour.
    """
    try:
        from ray._private.services import get_node_ip_address
    except ImportError as error:
        raise UserError(f"a cluster needs Ray, which cannot be imported: {error}") from error
    outside = get_node_ip_address()
    try:
        _greet(outside, port)
    except OSError:
        remedy = f"start it with: ray start --head --node-ip-address={outside}"
        raise UserError(
            f"the Ray cluster at {address} does not answer at {outside}, where Ray joins it; {remedy}"
        ) from None


def find_cause(error: BaseException) -> BaseException:
    """Returns the cause of an error of Ray: the loss of a worker, or else what the first worker raised."""
    found = [find_cause(one) for one in list_told(error)]
    return next(filter(is_lost, found), found[0] if found else error)


def last_line(error: BaseException) -> str:
    """Returns the last line of an error's text; the lines above it are traces from other machines."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__


def is_lost(error: BaseException) -> bool:
    """Returns whether a worker was lost (killed, out of memory, node gone); False where the worker's code raised."""
    from ray import exceptions

    losses = (
        exceptions.RayActorError,
        exceptions.WorkerCrashedError,
        exceptions.NodeDiedError,
        exceptions.OutOfMemoryError,
        exceptions.ObjectLostError,
    )
    return isinstance(error, losses) or any(map(is_lost, list_told(error)))


def is_needed(name: str) -> bool:
    """Returns whether workers need the environment variable `name`."""
    if name in NAMES or name.startswith("RAY_"):
        return True
    return name.startswith(FAMILIES) and not _SECRET.search(name.upper())


@contextmanager
def only_needed(others: Sequence[str] = ()) -> Iterator[None]:
    """Removes what no worker needs from the environment until the end, except names that begin with `others`."""
    before = dict(os.environ)
    for name in before:
        if not is_needed(name) and not name.startswith(tuple(others)):
            del os.environ[name]
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)


def list_told(error: BaseException) -> list[BaseException]:
    """Returns the errors of other processes that an error of Ray carries."""
    names = ("cause", "controller_failure", "health_check_failure", "base_exc")
    found = [*getattr(error, "worker_failures", {}).values(), *(getattr(error, name, None) for name in names)]
    return [one for one in found if isinstance(one, BaseException) and one is not error]


def _start(address: str, options: Mapping[str, Any]) -> None:
    import ray

    protect_token()
    if address == "local":
        _place_sockets()
        # Known before the first process starts, so that all of them inherit it.
        port = _free_port()
        os.environ.update(RAY_GCS_SERVER_PORT=str(port), RAY_ADDRESS=f"127.0.0.1:{port}")
    else:
        require_cluster(address)
    try:
        ray.init(address, logging_level="ERROR", **options)
    except Exception as error:  # a bare one where the machine is too busy to start it in time
        lines = [line for line in str(error).splitlines() if line.strip()]
        reason = lines[0].strip() if lines else f"{type(error).__name__}; the machine may be too busy, try again"
        if address == "local":
            raise UserError(f"Ray does not start here: {reason}") from error
        raise UserError(f"no Ray cluster answers at {address}: {reason}; {_REMEDY}") from error


def _place_sockets() -> None:
    """Sends Ray's processes to /tmp where the folder for temporary files is too long for the names of sockets."""
    usual = os.environ.get("RAY_TMPDIR") or tempfile.gettempdir()
    if len(os.fsencode(usual)) <= _SOCKET_ROOM:
        return
    if not os.access("/tmp", os.W_OK):
        raise UserError(f"TMPDIR {usual}: too long for Ray's sockets; name one of at most {_SOCKET_ROOM} letters")
    os.environ.pop("RAY_TMPDIR", None)
    os.environ["TMPDIR"] = "/tmp"


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def protect_token() -> None:
    """Makes Ray's token before Ray does, which lets everybody read it; one that is there becomes its owner's alone.

    Where there is no home to keep it, it is one for this process and its children.
    """
    if "RAY_AUTH_TOKEN" in os.environ or os.environ.get("RAY_AUTH_MODE", "token") != "token":
        return
    file = Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or Path(os.environ.get("HOME", ""), ".ray", "auth_token"))
    try:
        if not file.is_absolute():
            raise FileNotFoundError(file)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as opened:
            opened.write(secrets.token_hex(32))
    except FileExistsError:
        with suppress(PermissionError):
            file.chmod(0o600)
    except OSError:
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


def _find(address: str) -> str:
    """Returns the address that "auto" stands for, as Ray finds it."""
    if address != "auto":
        return address
    if os.environ.get("RAY_ADDRESS", "auto") != "auto":
        return os.environ["RAY_ADDRESS"]
    prepare_environment(address)
    try:
        from ray._private.services import canonicalize_bootstrap_address
    except ImportError as error:
        raise UserError(f"a cluster needs Ray, which cannot be imported: {error}") from error
    try:
        found = canonicalize_bootstrap_address("auto")
    except Exception as error:  # as where several run on this machine
        raise UserError(f"no one Ray cluster answers at auto: {last_line(error)}") from error
    if not found:
        raise UserError(f"no Ray cluster runs on this machine; give HOST:PORT, or: {_REMEDY}")
    return str(found)


def _greet(host: str, port: int) -> None:
    """Raises OSError where nothing listens, or what listens does not speak as Ray does."""
    with socket.create_connection((host, port), PATIENCE) as line:
        if os.environ.get("RAY_USE_TLS", "0") not in ("0", ""):
            return
        line.settimeout(PATIENCE)
        line.sendall(_GREETING)
        answer = line.recv(9)
    if len(answer) < 4 or answer[3] != _SETTINGS:
        raise OSError("what listens there is no Ray")
