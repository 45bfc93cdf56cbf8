"""EDGE ray: joins a Ray cluster for as long as some work lasts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from smile.errors import UserError

#: Ray's variables, where the user has not set them: no usage report, and its announced default without its warning.
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}

_REMEDY = "is it up, is RAY_AUTH_MODE=token set, and is its token in ~/.ray/auth_token?"


def find_cause(error: BaseException) -> BaseException:
    """What an error of Ray comes from: the loss of a worker where there is one, else what the first one raised."""
    found = [find_cause(one) for one in _told(error)]
    return next(filter(is_lost, found), found[0] if found else error)


def last_line(error: BaseException) -> str:
    """The last line of what an error says: above it Ray puts the traces of other machines."""
    lines = str(error).strip().splitlines()
    return lines[-1].strip() if lines else type(error).__name__


def is_lost(error: BaseException) -> bool:
    """Whether a worker was lost (killed, out of memory, its node gone); False where the code that it ran raised."""
    from ray import exceptions

    losses = (
        exceptions.RayActorError,
        exceptions.WorkerCrashedError,
        exceptions.NodeDiedError,
        exceptions.OutOfMemoryError,
        exceptions.ObjectLostError,
    )
    return isinstance(error, losses) or any(map(is_lost, _told(error)))


def _told(error: BaseException) -> list[BaseException]:
    """The errors that an error of Ray carries from elsewhere."""
    names = ("cause", "controller_failure", "health_check_failure", "base_exc")
    found = [*getattr(error, "worker_failures", {}).values(), *(getattr(error, name, None) for name in names)]
    return [one for one in found if isinstance(one, BaseException) and one is not error]


@contextmanager
def joined(address: str, extras: str, options: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Ray at `address` ("auto": the cluster of this machine, "local": one that is started here), left at the end.

    A Ray that this process has already joined is used, and kept. Raises UserError where Ray is not installed with its
    `extras`, e.g. "data", and where no cluster answers.
    """
    os.environ.update({key: value for key, value in QUIET.items() if key not in os.environ})
    try:
        import ray
    except ImportError as error:
        raise UserError(f"a cluster needs Ray; install it with: pip install 'ray[{extras}]'") from error
    if ray.is_initialized():
        yield
        return
    try:
        ray.init(address, logging_level="ERROR", **(options or {}))
    except Exception as error:  # a bare one where the machine is too busy to start it in time
        reason = str(error).splitlines()[0]
        if address == "local":
            raise UserError(f"Ray does not start here: {reason}") from error
        raise UserError(f"no Ray cluster answers at {address}: {reason}; {_REMEDY}") from error
    before = os.environ.get("RAY_ADDRESS")
    # What Ray starts for itself looks here: without it a second Ray on this machine would be asked instead.
    os.environ["RAY_ADDRESS"] = ray.get_runtime_context().gcs_address
    try:
        yield
    finally:
        os.environ.pop("RAY_ADDRESS")
        if before is not None:
            os.environ["RAY_ADDRESS"] = before
        ray.shutdown()
