"""TABLE SEQUENCES: methods that read the frames of a clip, where its pictures hold key frames."""

from __future__ import annotations

from bench.methods.method import Family, Knows, Later, Method

_ROOM = "bench.methods.sequences"


def _read(title: str, family: Family, name: str) -> Method:
    taught = family == "supervised"
    classifier = "svm" if family == "handcrafted" else "ridge"
    known: Knows = "labels" if taught else "nothing"
    return Method(title, family, Later(f"{_ROOM}.{name}"), uses_labels=taught, classifier=classifier, knows=known)


SEQUENCES: dict[str, Method] = {
    "lbp_top": _read("LBP-TOP, linear SVM", "handcrafted", "lbp_top"),
    "frame_order": _read("Temporal order, all views", "unsupervised", "frame_order"),
    "conv3d": _read("3D CNN over frames", "supervised", "conv3d"),
    "temporal_transformer": _read("Tower and temporal transformer", "supervised", "temporal_transformer"),
    "flow_streams": _read("STSTNet (optical flow, three streams)", "supervised", "flow_streams"),
}
