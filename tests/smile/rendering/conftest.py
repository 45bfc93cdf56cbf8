"""What several tests of the rendering watch."""

import pytest

from smile.rendering.cache import parts


@pytest.fixture
def rendered(monkeypatch):
    """The ids of the clips that are drawn while a test runs."""
    drawn, draw = [], parts.render_clip

    def note(one, rendering):
        drawn.append(one.id)
        return draw(one, rendering)

    monkeypatch.setattr(parts, "render_clip", note)
    return drawn
