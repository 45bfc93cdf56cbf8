"""Looks at the graphics card: driver, what torch was built for, and OpenGL without a screen."""

from __future__ import annotations

import ctypes
import ctypes.util
import subprocess
from collections.abc import Callable

from smile.doctor.finding import BROKEN, WEAK, WELL, Finding, rate


def read_driver() -> str:
    """Returns name and driver of each NVIDIA card, e.g. "NVIDIA A10G, 570.133"; empty without one."""
    asked = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return ""
    return "; ".join(done.stdout.strip().splitlines())


def check_card(read: Callable[[], str] = read_driver) -> Finding:
    """Looks at whether torch uses the card that the driver names."""
    card = read()
    if not card:
        return Finding("GPU", WELL, "none with a driver of NVIDIA; processors train")
    import torch

    built = torch.version.cuda
    if built is None:
        remedy = "install torch from the default index: pip install -c requirements.lock torch"
        return Finding("GPU", BROKEN, f"{card}, but torch was built without CUDA", remedy)
    said = f"{card}, torch built for CUDA {built}"
    return rate("GPU", said, "" if torch.cuda.is_available() else BROKEN, "install a driver for this CUDA or newer")


def check_opengl() -> Finding:
    """Looks for EGL, by which rendering.engine=pyrender draws without a screen."""
    name = ctypes.util.find_library("EGL")
    try:
        found = bool(name) and bool(ctypes.CDLL(name))
    except OSError:
        found = False
    said = f"{name}" if found else "none; only rendering.engine=pyrender needs it"
    return rate("EGL", said, "" if found else WEAK, "apt-get install libegl1")
