"""Small views with a signal that grows with the class, and records that need no computing."""

import numpy as np
import pytest

from bench.answer import Answer
from bench.protocols.plan import Group
from bench.record import Record, Setting
from bench.statistics.intervals import Score
from smile.data.face import EXPRESSIONS, Facts, Skipped
from smile.rendering.views import Views
from tests.rows import facts


def make_views(subjects=12, size=8, seed=0, noise=20.0, **changes):
    """Each subject shows every expression once; the landmarks move, and pixels brighten, by the class."""
    rng = np.random.default_rng(seed)
    labels = np.tile(np.arange(6), subjects)
    pattern = rng.normal(size=(6, 2, 1, size, size))
    pictures = 128 + 25 * pattern[labels] + noise * rng.normal(size=(6 * subjects, 2, 1, size, size))
    landmarks = rng.normal(size=(6 * subjects, 2, 83, 3))
    landmarks[:, 1] += 2 * rng.normal(size=(6, 83, 3))[labels]
    names = [f"F{n:03d}" for n in range(1, subjects + 1) for _ in range(6)]
    values = {
        "data_set": "synthetic",
        "title": "Synthetic faces",
        "stand_in": "synthetic",
        "images": np.clip(pictures, 0, 255).astype(np.uint8),
        "landmarks": landmarks.astype(np.float32),
        "landmark_scheme": "bu83",
        "planes": ("movement_depth",),
        "clips": tuple(
            Facts(f"{name}/{EXPRESSIONS[k]}", name, (EXPRESSIONS[k],)) for name, k in zip(names, labels, strict=True)
        ),
        "skipped": (),
    }
    return Views(**{**values, **changes})


def make_clips(data_set, rows):
    """Views of one black pixel a clip: rows are (subject, label or tuple of labels, attributes)."""
    return Views(
        data_set=data_set,
        title=data_set.upper(),
        stand_in="",
        images=np.zeros((len(rows), 1, 1, 1, 1), dtype=np.uint8),
        clips=facts([f"{row[0]}/{number}" for number, row in enumerate(rows)], *zip(*rows, strict=True)),
    )


def make_record(method="alpha", accuracy=0.5, **changes):
    """A record as if it had been measured; changes named like a field of Setting go there."""
    setting = {
        "suite": "fer4d",
        "suite_version": 1,
        "data_set": "synthetic",
        "protocol": "tenfold",
        "protocol_version": 1,
        "protocol_hash": "h",
        "condition": "clean",
        "probe": "linear_probe",
        "budget": "quick",
        "seed": 0,
        "config": {"training": {"epochs": 1}},
        "data_hash": "d",
        "folds_hash": "f",
        "source_hash": "s",
    }
    setting |= {name: changes.pop(name) for name in list(changes) if name in setting}
    predictions = tuple(
        Answer(f"F{s}/{truth}", f"F{s}", s % 2, (truth,), (truth if s < 10 * accuracy else "anger",))
        for s in range(10)
        for truth in EXPRESSIONS
    )
    values = {
        "setting": Setting(**setting),
        "method": method,
        "title": method.title(),
        "family": "unsupervised",
        "knows": "nothing",
        "uses_labels": False,
        "data_set_title": "Synthetic faces",
        "protocol_title": "everyone there is, 10 folds",
        "condition_title": "",
        "multilabel": False,
        "stand_in": "synthetic",
        "clips": 60,
        "subjects": 10,
        "rounds": 1,
        "reduced": "",
        "note": "",
        "skipped": (),
        "groups": (Group(("M001", "M002"), (0, 1)),),
        "metrics": {name: Score(accuracy, accuracy - 0.1, accuracy + 0.1) for name in ("accuracy", "macro_f1", "uar")},
        "subgroups": (),
        "predictions": predictions,
        "tallies": (),
        "command": "python -m bench.run --suite fer4d",
        "commit": "c0ffee",
        "versions": {"python": "3.11"},
        "seconds": 1.23456,
        "device": "a CPU",
        "identity": "i",
    }
    return Record(**{**values, **changes})


@pytest.fixture(name="make_views", scope="session")
def views_maker():
    return make_views


@pytest.fixture(name="make_clips", scope="session")
def clips_maker():
    return make_clips


@pytest.fixture(name="make_record", scope="session")
def record_maker():
    return make_record


@pytest.fixture
def skipped():
    return (Skipped("F001/anger", "frame 3 is truncated"),)
