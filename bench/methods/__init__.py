"""TABLES COMPARED, of the leaderboard, and METHODS, of everyone who can be measured, in the order of the tables."""

from __future__ import annotations

from bench.methods.ablation import VARIANTS
from bench.methods.floors.handcrafted import fit_displacement, fit_pixels
from bench.methods.floors.nothing import fit_nothing
from bench.methods.method import Method
from bench.methods.supervised.multiview import fit_multiview
from bench.methods.unsupervised.single_view import fit_barlow_twins, fit_random, fit_simclr
from bench.methods.vision_language.smile_vlm import fit_geometry, fit_label, fit_pseudo, fit_without_text

COMPARED: dict[str, Method] = {
    "chance": Method("Chance", "floor", fit_nothing, classifier="uniform"),
    "majority": Method("Most frequent class", "floor", fit_nothing),
    "pixels": Method("Raw pixels", "floor", fit_pixels),
    "landmarks": Method("Landmark displacement, linear SVM", "floor", fit_displacement, classifier="svm"),
    "random": Method("Random encoder", "unsupervised", fit_random),
    "simclr": Method("SimCLR, front view", "unsupervised", fit_simclr),
    "barlow_twins": Method("Barlow Twins, front view", "unsupervised", fit_barlow_twins),
    "smile_none": Method("SMILE-VLM (none)", "unsupervised", fit_without_text),
    "smile_geometry": Method("SMILE-VLM (geometry)", "vision-language", fit_geometry, arm="geometry"),
    "smile_pseudo": Method("SMILE-VLM (pseudo)", "vision-language", fit_pseudo, arm="pseudo"),
    "smile_label": Method(
        "SMILE-VLM (label: weakly supervised)", "supervised", fit_label, uses_labels=True, arm="label"
    ),
    "supervised": Method("Multi-view supervised", "supervised", fit_multiview, uses_labels=True),
}

METHODS: dict[str, Method] = COMPARED | VARIANTS
