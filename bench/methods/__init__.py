"""TABLES of methods: METHODS (all), in families a room; COMPARED (the leaderboard), RIVALS, in printed order."""

from __future__ import annotations

from bench.methods.ablation import VARIANTS
from bench.methods.controls import CONTROLS
from bench.methods.floors import FLOORS
from bench.methods.handcrafted import HANDCRAFTED
from bench.methods.method import Method
from bench.methods.sequences import SEQUENCES
from bench.methods.supervised import SUPERVISED, fine_tune
from bench.methods.unsupervised import LEARNERS, UNSUPERVISED
from bench.methods.vision_language import VISION_LANGUAGE

_TRAINED = UNSUPERVISED | VISION_LANGUAGE | CONTROLS
#: Methods without labels that train one tower, so that the tower can be trained on.
_TOWERS = (
    *LEARNERS,
    *(f"{name}_views" for name in LEARNERS),
    *("smile_none", "smile_geometry", "smile_pseudo"),
    *("subject_pca", "measures_regression", "cluster_ce"),
)

FINETUNED: dict[str, Method] = fine_tune({name: _TRAINED[name] for name in _TOWERS})

METHODS: dict[str, Method] = FLOORS | HANDCRAFTED | _TRAINED | SUPERVISED | SEQUENCES | FINETUNED | VARIANTS

#: The leaderboard, which `make bench` measures in minutes.
COMPARED: dict[str, Method] = {
    name: METHODS[name]
    for name in (
        *("chance", "majority", "pixels", "landmarks", "random", "simclr", "barlow_twins"),
        *("smile_none", "smile_geometry", "smile_pseudo", "smile_label", "supervised"),
    )
}

#: Every method but variants of SMILE-VLM and towers that are trained on: the table of hours.
RIVALS: dict[str, Method] = {name: one for name, one in METHODS.items() if name not in FINETUNED | VARIANTS}
