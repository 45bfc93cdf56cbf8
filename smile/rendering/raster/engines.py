"""TABLE ENGINES: what can draw a scan, all with one signature and the same pictures."""

from __future__ import annotations

from collections.abc import Callable

from smile.config import Engine
from smile.rendering.raster import offscreen, rasterize
from smile.rendering.raster.rasterize import Raster

#: Name of the setting rendering.engine -> what draws, called as rasterize.rasterize.
ENGINES: dict[str, Callable[..., Raster]] = {"numba": rasterize.rasterize, "pyrender": offscreen.rasterize_with_opengl}


def choose_engine(name: Engine) -> Engine:
    """A key of ENGINES: "auto" is pyrender where a graphics card draws, else numba."""
    if name == "auto":
        return "pyrender" if offscreen.has_hardware() else "numba"
    return name
