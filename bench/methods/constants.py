"""Names the constants in the losses of rivals, such as a temperature, and holds other values there while one is fitted.

A paper states its constants for millions of pictures. They stand in the file of the method, where the table measures
them as they are; tuning tries others with as many trials as every method has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from inspect import getmembers, isfunction, signature, unwrap
from types import FunctionType, ModuleType

#: Method, whose views-only form shares its file -> the module of its loss.
_MODULES = {
    **{
        name: f"bench.methods.unsupervised.{name}"
        for name in ("simclr", "moco_v3", "byol", "swav", "dino", "vicreg", "mae", "cmc")
    },
    "multiview_vlm": "bench.methods.vision_language.multiview_vlm",
}
#: The same -> constant -> lowest and highest value that is tried, drawn evenly on a logarithmic scale. SimSiam's loss
#: has none, and that of Barlow Twins and MiFaR is a setting of the config.
CONSTANTS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "simclr": {"TEMPERATURE": (0.05, 1.0)},
    "moco_v3": {"TEMPERATURE": (0.05, 1.0), "MOMENTUM": (0.9, 0.999)},
    "byol": {"MOMENTUM": (0.9, 0.999)},
    "swav": {"TEMPERATURE": (0.05, 0.5), "SMOOTHNESS": (0.02, 0.2)},
    "dino": {"STUDENT": (0.05, 0.5), "TEACHER": (0.02, 0.1), "CENTRE": (0.5, 0.99), "MOMENTUM": (0.9, 0.999)},
    "vicreg": {"INVARIANCE": (2.5, 250.0), "VARIANCE": (2.5, 250.0)},
    "mae": {"HIDDEN": (0.4, 0.9)},
    "cmc": {"TEMPERATURE": (0.03, 0.5)},
    "multiview_vlm": {"SHARPNESS": (3.0, 30.0)},
}
#: In front of the key of a constant, e.g. "constants.simclr.TEMPERATURE".
PREFIX = "constants."


def list_constants(method: str) -> dict[str, tuple[float, float]]:
    """Returns key -> range of the constants of a method; none where its loss has none."""
    loss = method.removesuffix("_views")
    return {f"{PREFIX}{loss}.{name}": ends for name, ends in CONSTANTS.get(loss, {}).items()}


@contextmanager
def hold(settings: Mapping[str, float]) -> Iterator[dict[str, float]]:
    """Holds the constants among these settings inside a `with` block, and yields the others, which are of the config.

    A function whose parameter has the name of a constant, in small letters, takes it by default.
    """
    own = {key: value for key, value in settings.items() if key.startswith(PREFIX)}
    places = {key: _find(key) for key in own}
    kept = {key: getattr(module, name) for key, (module, name) in places.items()}
    try:
        for key, place in places.items():
            _set(*place, own[key])
        yield {key: value for key, value in settings.items() if key not in own}
    finally:
        for key, place in places.items():
            _set(*place, kept[key])


def _find(key: str) -> tuple[ModuleType, str]:
    loss, name = key.removeprefix(PREFIX).split(".")
    return import_module(_MODULES[loss]), name


def _set(module: ModuleType, name: str, value: float) -> None:
    setattr(module, name, value)
    for _, function in getmembers(module, isfunction):
        if function.__module__ == module.__name__ and name.lower() in signature(function).parameters:
            _set_default(unwrap(function), name.lower(), value)  # below a decorator such as no_grad


def _set_default(function: FunctionType, name: str, value: float) -> None:
    given = list(signature(function).parameters.values())
    optional = [one for one in given if one.default is not one.empty]
    function.__defaults__ = tuple(value if one.name == name else one.default for one in optional)
