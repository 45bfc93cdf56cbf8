"""TABLE ENGINES: functions that draw a scan, all with the same signature and the same images."""

from __future__ import annotations

from collections.abc import Callable

from smile.config import Engine
from smile.rendering.raster import offscreen, rasterize
from smile.rendering.raster.rasterize import Raster

#: Value of the setting rendering.engine -> function that draws, with the arguments of rasterize.rasterize.
ENGINES: dict[str, Callable[..., Raster]] = {"numba": rasterize.rasterize, "pyrender": offscreen.rasterize_with_opengl}


def choose_engine(name: Engine) -> Engine:
    """Returns a key of ENGINES; "auto" becomes pyrender if there is a graphics card, else numba."""
    if name == "auto":
        return "pyrender" if offscreen.has_hardware() else "numba"
    return name
