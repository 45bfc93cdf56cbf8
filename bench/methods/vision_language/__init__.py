"""TABLE VISION_LANGUAGE: SMILE-VLM by the source of its sentences, and rivals; without sentences it is unsupervised."""

from __future__ import annotations

from bench.methods.method import Later, Method

_SMILE = "bench.methods.vision_language.smile_vlm"

VISION_LANGUAGE: dict[str, Method] = {
    "smile_none": Method("SMILE-VLM (none)", "unsupervised", Later(_SMILE, "fit_without_text")),
    "smile_geometry": Method(
        "SMILE-VLM (geometry)", "vision-language", Later(_SMILE, "fit_geometry"), arm="geometry", knows="+ text"
    ),
    "smile_pseudo": Method(
        "SMILE-VLM (pseudo)", "vision-language", Later(_SMILE, "fit_pseudo"), arm="pseudo", knows="+ FACS"
    ),
    "multiview_vlm": Method(
        "MultiviewVLM (our reading)",
        "vision-language",
        Later("bench.methods.vision_language.multiview_vlm"),
        arm="pseudo",
        knows="+ FACS",
    ),
    "smile_label": Method(
        "SMILE-VLM (label: weakly supervised)",
        "supervised",
        Later(_SMILE, "fit_label"),
        uses_labels=True,
        arm="label",
        knows="labels",
    ),
}
