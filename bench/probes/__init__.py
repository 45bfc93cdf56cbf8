"""TABLE PROBES: how a benchmark measures frozen embeddings on the folds of a protocol."""

from __future__ import annotations

from bench.probes.few_labels import probe_few_labels
from bench.probes.linear_probe import probe_linearly
from bench.probes.logistic_probe import probe_logistically
from bench.probes.nearest import probe_identity, probe_nearest
from bench.probes.probe import Probe
from bench.probes.zero_shot import probe_zero_shot

PROBES: dict[str, Probe] = {
    "linear_probe": Probe("linear probe", probe_linearly),
    "logistic_probe": Probe("logistic regression", probe_logistically),
    "few_labels": Probe("few labelled subjects", probe_few_labels, main="area"),
    "nearest": Probe("nearest clip", probe_nearest),
    "zero_shot": Probe("zero-shot by prompts", probe_zero_shot),
    "identity": Probe("who it is, by the nearest clip", probe_identity, lower_is_better=True, main_alone=True),
}
