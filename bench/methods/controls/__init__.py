"""TABLE CONTROLS: what knows in pretraining what SMILE-VLM knows, and has no language, so that a gain can be placed."""

from __future__ import annotations

from bench.methods.method import Later, Method

_REGRESSION = "bench.methods.controls.regression"

CONTROLS: dict[str, Method] = {
    "subject_pca": Method(
        "Regression on subject-centred components", "control", Later(_REGRESSION, "fit_components"), knows="who"
    ),
    "measures_linear": Method(
        "Ridge from pixels to measures",
        "control",
        Later("bench.methods.controls.linear_measures"),
        knows="who + landmarks",
    ),
    "measures_regression": Method(
        "Regression on measures", "control", Later(_REGRESSION, "fit_measures"), knows="who + landmarks"
    ),
    "smile_shuffled": Method(
        "SMILE-VLM (geometry), captions of other clips",
        "control",
        Later("bench.methods.controls.shuffled_captions"),
        knows="+ text",
    ),
    "cluster_ce": Method(
        "Cross-entropy on the clusters of pseudo", "control", Later(_REGRESSION, "fit_clusters"), knows="+ FACS"
    ),
}
