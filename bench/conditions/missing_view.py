"""One view of every face is missing, as when a camera fails: its picture is all background.

Which view it is depends on the clip's id, so that no view is missing everywhere. The view is taken away after drawing:
the scans are the clean ones, and nothing is drawn again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bench.conditions.condition import Condition
from bench.methods.method import Unsuitable
from smile.rendering.motion.channels import background_of
from smile.rendering.views import Views
from smile.stand_ins.performance import generator


def _blank_one(views: Views) -> Views:
    count = views.images.shape[1]
    if count < 2:
        raise Unsuitable("there is one view only, and without it nothing is left to see")
    background = np.array([background_of(plane) for plane in views.planes], dtype=np.uint8)
    images = np.array(views.images)
    for row, clip in enumerate(views.clip_ids):
        images[row, generator(0, "missing view", clip).integers(count)] = background[:, None, None]
    return replace(views, images=images)


MISSING_VIEW = Condition("one view missing", change_views=_blank_one)
