"""TABLE SUITES: what is run together, and the protocols that each data set has in it."""

from __future__ import annotations

from typing import Any

from bench.methods import COMPARED
from bench.methods.ablation import MOST_VIEWS, VARIANTS
from bench.suites.suite import CONDITION_NAMES, Suite

#: Licensed data sets -> title.
TITLES = {
    "bu3dfe": "BU-3DFE",
    "bosphorus": "Bosphorus",
    "bu4dfe": "BU-4DFE",
    "bp4d": "BP4D",
    "fourdme": "4DME",
}
#: Licensed data sets -> main protocol, in every suite that does not say otherwise.
MAIN_PROTOCOLS = {
    "bu3dfe": ("bu3dfe_p1",),
    "bosphorus": ("bosphorus_65",),
    "bu4dfe": ("bu4dfe_101",),
    "bp4d": ("bp4d_41",),
    "fourdme": ("fourdme_5class",),
}
#: What suites share that compare methods.
_COMPARE: dict[str, Any] = {
    "probes": ("linear_probe",),
    "methods": tuple(COMPARED),
    "references": ("smile_geometry", "smile_pseudo"),
}


def _entitle(*keys: str) -> dict[str, str]:
    return {key: TITLES[key] for key in keys}


def _play(*keys: str) -> dict[str, tuple[str, ...]]:
    return {key: MAIN_PROTOCOLS[key] for key in keys}


SUITES: dict[str, Suite] = {
    "fer3d": Suite(
        name="fer3d",
        title="expression recognition on single 3D scans",
        version=1,
        data_sets=_entitle("bu3dfe", "bosphorus"),
        protocols={**_play("bosphorus"), "bu3dfe": ("bu3dfe_p1", "bu3dfe_p2")},
        **_COMPARE,
    ),
    # Version 2 named all five data sets. They still run here under the same protocols, so that scores stay comparable.
    "fer4d": Suite(
        name="fer4d",
        title="3D/4D facial expression recognition",
        version=2,
        data_sets=_entitle("bu4dfe", "bp4d"),
        protocols=_play("bu4dfe", "bp4d"),
        **_COMPARE,
    ),
    "mer4d": Suite(
        name="mer4d",
        title="micro-expressions in 4D",
        version=1,
        data_sets=_entitle("fourdme"),
        protocols={"fourdme": ("fourdme_3class_loso", "fourdme_5class")},
        **_COMPARE,
    ),
    "cross": Suite(
        name="cross",
        title="taught on one data set, tested on another",
        version=1,
        data_sets=_entitle("bu3dfe", "bosphorus", "bu4dfe", "bp4d"),
        protocols={},
        **_COMPARE,
        across=("bu4dfe_bp4d", "bu3dfe_bosphorus", "synthetic_ict", "ict_synthetic"),
    ),
    "robust": Suite(
        name="robust",
        title="what is left when tested faces are worse than those that taught",
        version=1,
        data_sets=TITLES,
        protocols=MAIN_PROTOCOLS,
        **_COMPARE,
        conditions=CONDITION_NAMES,
    ),
    "few": Suite(
        name="few",
        title="how many labelled subjects an encoder needs",
        version=1,
        data_sets=TITLES,
        protocols=MAIN_PROTOCOLS,
        **_COMPARE | {"probes": ("few_labels",)},
        conditions=("clean", "misaligned", "occluded"),
    ),
    "ablation": Suite(
        name="ablation",
        title="what each part of SMILE-VLM is worth",
        version=1,
        data_sets={},
        protocols={},
        probes=("linear_probe",),
        methods=tuple(VARIANTS),
        references=("full",),
        settings={"rendering.view_count": MOST_VIEWS},
    ),
}
