"""TABLE ENGINES: what can draw a scan, all with one signature and the same pictures."""

from __future__ import annotations

from collections.abc import Callable

from smile.errors import unknown
from smile.rendering.raster import offscreen, rasterize
from smile.rendering.raster.rasterize import Raster

#: Name of the setting rendering.engine -> what draws, called as rasterize.rasterize.
ENGINES: dict[str, Callable[..., Raster]] = {"numba": rasterize.rasterize, "pyrender": offscreen.rasterize_with_opengl}

_AUTO = "auto"


def choose_engine(name: str) -> str:
    """A key of ENGINES: "auto" is pyrender where a graphics card draws, else numba; UserError on an unknown name."""
    if name == _AUTO:
        return "pyrender" if offscreen.has_hardware() else "numba"
    if name not in ENGINES:
        raise unknown("engine", name, (*ENGINES, _AUTO))
    return name
