"""TABLE VARIANTS: SMILE-VLM with one change each, and the reference methods to compare them with.

All variants use the first VIEWS views, except the variants about the number of views. Cameras are nested: the first
views are the same for every number of views, so one rendering with MOST_VIEWS views serves all variants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.methods.method import Encoder, Knows, Labels, Later, Method, PartsDone
from bench.methods.unsupervised import UNSUPERVISED
from smile.config import Arm, Config, Rendering, override
from smile.rendering.views import Views

#: Number of views by default, and the largest number that a variant uses.
VIEWS, MOST_VIEWS = Rendering().view_count, 7

_MULTIVIEW = Later("bench.methods.supervised.multiview")


@dataclass(frozen=True)
class Variant:
    """Describes SMILE-VLM on the first `views` views, with changed settings; the object itself is a fit function."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    arm: Arm = "geometry"
    views: int = VIEWS

    def __call__(self, views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
        """Fits the variant; see Method."""
        from bench.methods.vision_language.smile_vlm import fit_arm  # imports torch, for which --list must not wait

        return fit_arm(self.arm, views.first_views(self.views), labels, override(config, self.changes), progress)


def _fit_supervised(views: Views, labels: Labels, config: Config, progress: PartsDone) -> Encoder:
    return _MULTIVIEW(views.first_views(VIEWS), labels, config, progress)


def _ours(title: str, variant: Variant) -> Method:
    knows: Knows = "+ FACS" if variant.arm == "pseudo" else "+ text"
    return Method(f"SMILE-VLM: {title}", "vision-language", variant, arm=variant.arm, knows=knows)


VARIANTS: dict[str, Method] = {
    "full": _ours("as by default", Variant()),
    "no_decorrelation": _ours("without decorrelation", Variant({"losses.decorrelation.weight": 0.0})),
    "no_alignment": _ours("without alignment", Variant({"losses.alignment.weight": 0.0})),
    "no_redundancy": _ours("without redundancy minimisation", Variant({"losses.redundancy.weight": 0.0})),
    "fused_alone": _ours("alignment of the fused face alone", Variant({"losses.alignment.per_view": False})),
    "infonce": _ours("alignment by InfoNCE", Variant({"losses.alignment.kind": "infonce"})),
    "phrases": _ours("alignment by one decision a phrase", Variant({"losses.alignment.kind": "phrases"})),
    "more_decorrelation": _ours("ten times the decorrelation", Variant({"losses.decorrelation.weight": 0.05})),
    "more_redundancy": _ours("ten times the redundancy", Variant({"losses.redundancy.weight": 0.005})),
    "sigmoid": _ours("alignment by sigmoid", Variant({"losses.alignment.kind": "sigmoid"})),
    "arm_none": Method("SMILE-VLM: arm none", "unsupervised", Variant(arm="none")),
    "arm_pseudo": _ours("arm pseudo", Variant(arm="pseudo")),
    "arm_label": Method(
        "SMILE-VLM: arm label (weakly supervised)",
        "supervised",
        Variant(arm="label"),
        uses_labels=True,
        arm="label",
        knows="labels",
    ),
    "fusion_mean": _ours("fusion by the mean", Variant({"model.fusion": "mean"})),
    "fusion_attention": _ours("fusion by attention", Variant({"model.fusion": "attention"})),
    **{
        f"views_{count}": _ours(f"{count} view{'s' * (count > 1)}", Variant(views=count))
        for count in (1, 5, MOST_VIEWS)
    },
    "barlow_twins_reference": Method(
        "Reference: Barlow Twins, front view", "unsupervised", UNSUPERVISED["barlow_twins"].fit
    ),
    "supervised_reference": Method(
        "Reference: supervised", "supervised", _fit_supervised, uses_labels=True, knows="labels"
    ),
}
