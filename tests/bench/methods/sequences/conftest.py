"""Views whose pictures hold frames, for the methods of this room."""

import dataclasses

import numpy as np
import pytest

from smile.rendering.motion.channels import name_planes

KEYS = name_planes(["key_depth"], 3)


@pytest.fixture(scope="session")
def make_film(make_views):
    """Makes views of three frames of depth, which differ."""

    def make(subjects):
        views = make_views(subjects=subjects, size=16)
        noise = np.random.default_rng(1).integers(0, 120, (len(views), 2, 3, 16, 16), dtype=np.uint8)
        return dataclasses.replace(views, images=np.repeat(views.images, 3, axis=2) // 2 + noise, planes=KEYS)

    return make
