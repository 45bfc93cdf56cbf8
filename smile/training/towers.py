"""Refuses towers that cannot be used, before hours of rendering; imports their libraries only where it must."""

from __future__ import annotations

from smile.config import Model

#: Towers that need no folder and no hub, for images and for text: smile/model/presets.py describes them.
OUR_TOWERS = ("tiny", "small", "base")


def refuse_unusable(settings: Model) -> None:
    """Raises UserError on a tower that is none of ours, and whose configuration cannot be read or used."""
    if {settings.image_tower, settings.text_tower} - {*OUR_TOWERS}:
        from smile.model.towers import require_towers  # its libraries take seconds to import

        require_towers(settings)
