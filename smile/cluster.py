"""EDGE ray: joins a Ray cluster for as long as some work lasts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from smile.errors import UserError

#: Ray's variables, where the user has not set them: no usage report, and its announced default without its warning.
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


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
        place = "Ray does not start here" if address == "local" else f"no Ray cluster answers at {address}"
        raise UserError(f"{place}: {str(error).splitlines()[0]}") from error
    try:
        yield
    finally:
        ray.shutdown()
