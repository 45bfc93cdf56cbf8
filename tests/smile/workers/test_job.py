"""A job holds what a worker needs, and each arm's captions."""

import dataclasses
import pickle  # noqa: TID251  # Ray sends a job so; nothing is read back from disk
from pathlib import Path

import numpy as np
import pytest

from smile.config import Config, override
from smile.errors import BadFile, UserError
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training.pretraining import initialise
from smile.workers.job import RECORD, Job, read_run_record, run_folder
from tests.rows import facts


def views(landmarks: bool = True) -> Views:
    rng = np.random.default_rng(0)
    return Views(
        data_set="made",
        title="Made",
        stand_in="made up",
        images=rng.integers(0, 256, (4, 2, 1, 8, 8), dtype=np.uint8),
        landmarks=rng.normal(size=(4, 2, 83, 3)).astype(np.float32) if landmarks else None,
        landmark_scheme="bu83" if landmarks else None,
        clips=facts("abcd", "sstt", ("anger", "fear", "anger", "fear")),
    )


def job(output: Path, arm: str = "geometry", **changes: object) -> Job:
    return Job.of(override(Config(), {"captions.arm": arm, **changes}), views(), output)


def test_the_pictures_are_kept_in_the_run_s_folder_as_a_map(tmp_path: Path) -> None:
    made = job(tmp_path / "out")
    assert made.images.parent == run_folder(tmp_path / "out") and not (tmp_path / "out").exists()
    with made.working(views()):
        assert isinstance(made.read(), np.memmap)
        np.testing.assert_array_equal(made.read(), views().images)


def test_what_a_killed_run_was_writing_is_forgotten(tmp_path: Path) -> None:
    left = [
        tmp_path / ".model.safetensors.abcdefgh.safetensors",
        run_folder(tmp_path) / ".images.npy.abcdefgh.npy",
        run_folder(tmp_path) / "checkpoints" / ".step-000000002.safetensors.abcdefgh.safetensors",
    ]
    left[-1].parent.mkdir(parents=True)
    for file in left:
        file.touch()
    with job(tmp_path).working(views()):
        assert not any(file.exists() for file in left)


def test_each_arm_has_its_captions(tmp_path: Path) -> None:
    assert job(tmp_path, "none").captions is None
    assert job(tmp_path, "label").captions == ("an angry face", "a fearful face") * 2
    geometry = job(tmp_path, "geometry").captions
    assert geometry is not None and len(set(geometry)) == 4


def test_only_the_arm_label_looks_at_labels(tmp_path: Path) -> None:
    blind = views().relabel([()] * 4)
    for arm in ("none", "geometry"):
        config = override(Config(), {"captions.arm": arm})
        assert Job.of(config, blind, tmp_path).captions == job(tmp_path, arm).captions


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean 'geometry'"):
        job(tmp_path, "geometri")
    with pytest.raises(UserError, match="need landmarks"):
        Job.of(Config(), views(landmarks=False), tmp_path)
    made = job(tmp_path)
    with made.working(views()):
        made.images.write_bytes(b"nothing")
        with pytest.raises(BadFile, match="shared storage"):
            made.read()


def test_a_job_travels_and_its_id_follows_its_content(tmp_path: Path) -> None:
    made = job(tmp_path)
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301  # our own bytes
    assert made.id == job(tmp_path).id
    assert made.id not in (job(tmp_path, "none").id, job(tmp_path, **{"training.seed": 4}).id)


def test_two_processes_do_not_train_in_one_folder(tmp_path: Path) -> None:
    one, other = job(tmp_path), job(tmp_path)
    with one.working(views()), pytest.raises(UserError, match="another process is training here"):
        other.working(views()).__enter__()
    with job(tmp_path).working(views()):
        pass  # free again


def finished(output: Path, **changes: object) -> Job:
    made = job(output, **changes)
    with made.working(views()):
        (run_folder(output) / "metrics.jsonl").write_text('{"step": 3, "loss/total": 0.5}\n')
        made.stage(initialise(made.config, made.read(), made.captions))
        made.publish()
    return made


def test_a_finished_run_says_where_it_comes_from_and_is_known_again(tmp_path: Path) -> None:
    made = finished(tmp_path)
    record = read_run_record(tmp_path / RECORD)
    assert record["data"]["stand_in"] == "made up" and record["data"]["sha256"] == views().content_hash()
    assert record["seed"] == 0 and record["last"] == {"step": 3, "loss/total": 0.5}
    assert {"command", "commit", "device", "versions", "config", "id"} <= record.keys()
    assert FaceText.from_pretrained(tmp_path).tokenizer is not None
    assert not run_folder(tmp_path).exists()
    assert made.is_finished() and job(tmp_path).is_finished()
    with pytest.raises(UserError, match=r"training\.seed differ.*--fresh"):
        job(tmp_path, **{"training.seed": 4}).is_finished()
    made.clear()
    assert not (tmp_path / RECORD).exists()


def test_other_data_are_another_run(tmp_path: Path) -> None:
    finished(tmp_path)
    other = dataclasses.replace(views(), images=views().images[::-1].copy())
    with pytest.raises(UserError, match="its data differ"):
        Job.of(job(tmp_path).config, other, tmp_path).is_finished()


def test_a_model_that_no_run_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="did not make"):
        job(tmp_path).is_finished()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"cbuiltins\nexec\n(Vexit(9)\ntR.", b"[" * 100000]
)
def test_a_damaged_record_is_one_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RECORD).write_bytes(content)
    with pytest.raises(UserError, match="fresh"):
        job(tmp_path).is_finished()


def test_captions_that_are_all_empty_are_refused(tmp_path: Path) -> None:
    silent = dataclasses.replace(views(), landmarks=np.full((4, 2, 83, 3), np.nan, np.float32))
    silent.landmarks[:, :, 0] = 0.0  # one landmark, of which no measure is made
    with pytest.raises(UserError, match=r"not one of 4 clips gets a sentence.*captions\.arm=none"):
        Job.of(override(Config(), {"captions.arm": "geometry"}), silent, tmp_path)
