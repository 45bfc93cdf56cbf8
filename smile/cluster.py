"""EDGE ray: joins a Ray cluster, and leaves it when the work ends."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from smile.errors import UserError

#: Values of Ray's environment variables, unless the user set them: Ray sends no usage report, and already uses its
#: announced new default for accelerators, so it does not warn about the change.
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}

_REMEDY = "is it up, is RAY_AUTH_MODE=token set, and is its token in ~/.ray/auth_token?"


@contextmanager
def joined(address: str, extras: str, options: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Joins the Ray cluster at `address` inside a `with` block, and leaves it at the end.

    "auto" is the cluster of this machine; "local" starts a new one here. Where this process has already joined Ray,
    uses that cluster and does not leave it. Raises UserError where Ray is not installed with its `extras`, e.g.
    "data", and where no cluster answers.
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
    except Exception as error:  # Ray raises a plain Exception where the machine is too busy to start Ray in time
        reason = str(error).splitlines()[0]
        if address == "local":
            raise UserError(f"Ray does not start here: {reason}") from error
        raise UserError(f"no Ray cluster answers at {address}: {reason}; {_REMEDY}") from error
    before = os.environ.get("RAY_ADDRESS")
    # Ray's own subprocesses read this address: without it, they would ask a second Ray on this machine.
    os.environ["RAY_ADDRESS"] = ray.get_runtime_context().gcs_address
    try:
        yield
    finally:
        os.environ.pop("RAY_ADDRESS")
        if before is not None:
            os.environ["RAY_ADDRESS"] = before
        ray.shutdown()
