"""TABLE SUPERVISED: methods that train on the labels of the pretraining subjects."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.methods.method import Encoder, Labels, Later, Method, PartsDone
from bench.methods.supervised.few_scratch import FromScratch
from bench.methods.supervised.finetuned import FineTuned
from smile.config import Config
from smile.rendering.views import Views

_ROOM = "bench.methods.supervised"


def _teach(title: str, fit: Callable[[Views, Labels, Config, PartsDone], Encoder]) -> Method:
    return Method(title, "supervised", fit, uses_labels=True, knows="labels")


SUPERVISED: dict[str, Method] = {
    "supervised": _teach("Multi-view supervised", Later(f"{_ROOM}.multiview")),
    "supervised_front": _teach("Front view supervised", Later(f"{_ROOM}.multiview", "fit_front")),
    "mvcnn": _teach("MVCNN (largest over views)", Later(f"{_ROOM}.mvcnn")),
    "view_transformer": _teach("View transformer", Later(f"{_ROOM}.view_transformer")),
    "supervised_few": _teach("Multi-view supervised, from scratch on the labelled subjects", FromScratch()),
    "pointnet": _teach("PointNet (points of all views)", Later(f"{_ROOM}.pointnet")),
    "dgcnn": _teach("DGCNN (points of all views)", Later(f"{_ROOM}.dgcnn")),
}


def fine_tune(pretrained: Mapping[str, Method]) -> dict[str, Method]:
    """Returns for each method, which has one tower, the method that goes on with its tower on labels."""
    return {
        f"finetuned_{name}": _teach(f"Fine-tuned from: {one.title}", FineTuned(one.fit))
        for name, one in pretrained.items()
    }
