"""Decides settings that depend on the clips, once per data set and for all clips alike."""

from __future__ import annotations

from dataclasses import replace

from smile.config import Rendering
from smile.data.face import DataSet
from smile.rendering.motion.channels import name_planes
from smile.rendering.raster.cameras import cameras
from smile.rendering.raster.engines import choose_engine


def settle(rendering: Rendering, data_set: DataSet) -> Rendering:
    """Returns the rendering with which every clip of a data set is drawn, and which the cache's key contains.

    If all clips are single scans, `static_channels` replace `channels`. One clip that moves is enough for `channels`,
    since a model takes one kind of image. Settling twice changes nothing more. Raises UserError on settings that cannot
    be drawn.
    """
    _check(rendering)
    static = bool(data_set.clips) and all(len(clip.frames) <= 1 for clip in data_set.clips)
    chosen = rendering.static_channels if static and rendering.static_channels else rendering.channels
    return replace(rendering, channels=chosen, static_channels=(), engine=choose_engine(rendering.engine))


def recall(rendering: Rendering, planes: tuple[str, ...]) -> Rendering:
    """Returns `rendering` as `settle` left it for images with these planes; unchanged if no setting matches them."""
    for channels in (rendering.channels, rendering.static_channels):
        if channels and name_planes(channels, rendering.key_frames) == planes:
            return replace(rendering, channels=channels, static_channels=())
    return rendering


def _check(rendering: Rendering) -> None:
    name_planes(rendering.channels)
    name_planes(rendering.static_channels or rendering.channels)
    cameras(rendering)
