"""A job holds what a worker needs, and each arm's captions."""

import pickle  # noqa: TID251  # Ray sends a job so; nothing is read back from disk
from pathlib import Path

import numpy as np
import pytest

from smile.config import Config, override
from smile.errors import BadFile, UserError
from smile.rendering.views import Views
from smile.training.job import Job, run_folder


def views(landmarks: bool = True) -> Views:
    rng = np.random.default_rng(0)
    return Views(
        data_set="made",
        title="Made",
        stand_in="made up",
        images=rng.integers(0, 256, (4, 2, 1, 8, 8), dtype=np.uint8),
        landmarks=rng.normal(size=(4, 2, 83, 3)).astype(np.float32) if landmarks else None,
        landmark_scheme="bu83" if landmarks else None,
        clip_ids=("a", "b", "c", "d"),
        subjects=("s", "s", "t", "t"),
        expressions=("anger", "fear", "anger", "fear"),
    )


def job(output: Path, arm: str = "geometry", **changes: object) -> Job:
    return Job.of(override(Config(), {"captions.arm": arm, **changes}), views(), output)


def test_the_pictures_are_kept_in_the_run_s_folder_as_a_map(tmp_path: Path) -> None:
    made = job(tmp_path / "out")
    assert made.images.parent == run_folder(tmp_path / "out")
    assert isinstance(made.read(), np.memmap)
    np.testing.assert_array_equal(made.read(), views().images)


def test_each_arm_has_its_captions(tmp_path: Path) -> None:
    assert job(tmp_path, "none").captions is None
    assert job(tmp_path, "label").captions == ("an angry face", "a fearful face") * 2
    geometry = job(tmp_path, "geometry").captions
    assert geometry is not None and len(set(geometry)) == 4


def test_only_the_arm_label_looks_at_labels(tmp_path: Path) -> None:
    import dataclasses

    blind = dataclasses.replace(views(), expressions=("",) * 4)
    for arm in ("none", "geometry"):
        config = override(Config(), {"captions.arm": arm})
        assert Job.of(config, blind, tmp_path).captions == job(tmp_path, arm).captions


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean 'geometry'"):
        job(tmp_path, "geometri")
    with pytest.raises(UserError, match="need landmarks"):
        Job.of(Config(), views(landmarks=False), tmp_path)
    made = job(tmp_path)
    made.images.write_bytes(b"nothing")
    with pytest.raises(BadFile, match="shared storage"):
        made.read()


def test_a_job_travels_and_its_id_follows_its_content(tmp_path: Path) -> None:
    made = job(tmp_path)
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301  # our own bytes
    assert made.id == job(tmp_path).id
    assert made.id not in (job(tmp_path, "none").id, job(tmp_path, **{"training.seed": 4}).id)
