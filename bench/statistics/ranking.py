"""Says by which number methods are ranked: that of the probe, or the one by which a contest on the data set ranks."""

from __future__ import annotations

from bench.probes import PROBES
from bench.probes.probe import Probe
from bench.protocols.pretraining import AND
from bench.record import Record

#: Protocol -> the metric that takes the place of accuracy, because classes are far from equally frequent. Contests of
#: micro-expressions count all folds together and rank by UF1, the macro F1: MEGC with three classes (See et al. 2019,
#: section II-C), and 4DMR with the five classes of 4DME, several a clip (IJCAI 2025).
CONTESTS = {"fourdme_3class_loso": "macro_f1", "fourdme_5class": "macro_f1"}


def probe_of(record: Record) -> Probe:
    """Returns the probe of a record; for a probe of another version of this project, one that is ranked by accuracy."""
    return PROBES.get(record.setting.probe, PROBES["linear_probe"])


def main_metric(record: Record) -> str:
    """Returns the metric by which the methods of a record's leaderboard are ranked, and compared with each other."""
    probe = probe_of(record)
    if probe.main != "accuracy" or probe.main_alone:  # no class is told there, or classes are people
        return probe.main
    return find_contest(record) or probe.main


def find_contest(record: Record) -> str:
    """Returns the metric of the contest on a record's data; "" where there is none."""
    name = record.setting.protocol.partition(AND)[0].removesuffix("_reduced")
    return CONTESTS.get(name, "")
