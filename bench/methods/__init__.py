"""TABLES COMPARED (methods of the leaderboard) and METHODS (all methods), in the order of the printed tables."""

from __future__ import annotations

from bench.methods.ablation import VARIANTS
from bench.methods.floors.handcrafted import fit_displacement, fit_pixels
from bench.methods.floors.nothing import fit_nothing
from bench.methods.method import Later, Method

_SMILE = "bench.methods.vision_language.smile_vlm"

COMPARED: dict[str, Method] = {
    "chance": Method("Chance", "floor", fit_nothing, classifier="uniform"),
    "majority": Method("Most frequent class", "floor", fit_nothing),
    "pixels": Method("Raw pixels", "floor", fit_pixels),
    "landmarks": Method(
        "Landmark displacement, linear SVM", "floor", fit_displacement, classifier="svm", knows="landmarks"
    ),
    "random": Method("Random encoder", "unsupervised", Later("bench.methods.unsupervised.random_encoder")),
    "simclr": Method("SimCLR, front view", "unsupervised", Later("bench.methods.unsupervised.simclr")),
    "barlow_twins": Method(
        "Barlow Twins, front view", "unsupervised", Later("bench.methods.unsupervised.barlow_twins")
    ),
    "smile_none": Method("SMILE-VLM (none)", "unsupervised", Later(_SMILE, "fit_without_text")),
    "smile_geometry": Method(
        "SMILE-VLM (geometry)", "vision-language", Later(_SMILE, "fit_geometry"), arm="geometry", knows="+ text"
    ),
    "smile_pseudo": Method(
        "SMILE-VLM (pseudo)", "vision-language", Later(_SMILE, "fit_pseudo"), arm="pseudo", knows="+ FACS"
    ),
    "smile_label": Method(
        "SMILE-VLM (label: weakly supervised)",
        "supervised",
        Later(_SMILE, "fit_label"),
        uses_labels=True,
        arm="label",
        knows="labels",
    ),
    "supervised": Method(
        "Multi-view supervised",
        "supervised",
        Later("bench.methods.supervised.multiview"),
        uses_labels=True,
        knows="labels",
    ),
}

METHODS: dict[str, Method] = COMPARED | VARIANTS
