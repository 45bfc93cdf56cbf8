"""A job runs in this process, goes on where it broke off, and asks Ray for no workers that cannot do."""

import builtins
import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError

from smile.config import Config, override
from smile.errors import UserError
from smile.model import FaceText
from smile.model.encoding import encode_faces
from smile.training.curve import read_curve
from smile.workers.job import Job, run_folder
from smile.workers.launch import launch
from smile.workers.placement import Workers

#: What a job says of its data.
RECORD = {"id": "made", "data": {"name": "made", "title": "Made", "stand_in": "made up", "clips": 16, "subjects": 4}}


def make_job(config: Config, easy_task: Callable, output: Path) -> Job:
    images, captions, _ = easy_task(16, 0)
    run_folder(output).mkdir(parents=True)
    np.save(run_folder(output) / "images.npy", images)
    return Job(config, run_folder(output) / "images.npy", tuple(captions), output, RECORD)


def test_in_this_process(small: Config, easy_task: Callable, tmp_path: Path) -> None:
    job = make_job(small, easy_task, tmp_path / "model")
    said: list[tuple[str, int, int, str]] = []
    model = launch(job, progress=lambda *words: said.append(words))
    assert [done for _, done, _, _ in said] == [2, 4, 6, 8] and {total for _, _, total, _ in said} == {8}
    assert all(note.startswith("loss ") for *_, note in said)
    assert [point["step"] for point in read_curve(tmp_path / "model" / "metrics.jsonl")] == [2, 4, 6, 8]
    images, _, _ = easy_task(5, 1)
    stored = encode_faces(FaceText.from_pretrained(tmp_path / "model"), images)
    np.testing.assert_array_equal(stored.face_embedding, encode_faces(model, images).face_embedding)
    assert not run_folder(tmp_path / "model").exists()


def test_a_run_that_broke_off_goes_on(small: Config, easy_task: Callable, tmp_path: Path) -> None:
    config = override(small, {"training.checkpoint_every": 4})
    job = make_job(config, easy_task, tmp_path / "model")

    def break_off(_: str, done: int, *__: object) -> None:
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        launch(job, progress=break_off)
    said: list[int] = []
    model = launch(job, progress=lambda _, done, *__: said.append(done))
    assert said == [6, 8]
    whole = launch(make_job(config, easy_task, tmp_path / "whole"))
    assert (tmp_path / "whole" / "metrics.jsonl").read_bytes() == (tmp_path / "model" / "metrics.jsonl").read_bytes()
    for one, other in zip(model.state_dict().values(), whole.state_dict().values(), strict=True):
        assert one.equal(other)


def test_without_ray_one_error_says_what_to_install(
    small: Config, easy_task: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without_ray(name: str, *rest: object, **more: object) -> object:
        if name.split(".")[0] == "ray":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_ray)
    job = make_job(small, easy_task, tmp_path)
    with pytest.raises(UserError, match=r"pip install 'ray\[default,train\]'"):
        launch(job, workers=Workers(2, 2))


def test_workers_that_cannot_share_a_step_are_refused_before_ray_starts(
    small: Config, easy_task: Callable, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="8 clips a step cannot be shared by 3 workers"):
        launch(make_job(small, easy_task, tmp_path), workers=Workers(3, 3))


@pytest.mark.parametrize("what", ["smile.training.curve.Curve.add", "smile.model.face_text.FaceText.save_pretrained"])
def test_a_full_disk_is_an_error_that_names_the_place(
    small: Config, easy_task: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(what, fail)
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path}/model/run/"):
        launch(make_job(small, easy_task, tmp_path / "model"))


def test_a_full_disk_of_another_library_is_an_error_that_names_the_place(
    small: Config, easy_task: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SafetensorError("Error while serializing: No space left on device")

    monkeypatch.setattr(FaceText, "save_pretrained", fail)
    with pytest.raises(UserError, match=f"^{tmp_path}/model/run/finished: cannot be written: .*; make room"):
        launch(make_job(small, easy_task, tmp_path / "model"))
