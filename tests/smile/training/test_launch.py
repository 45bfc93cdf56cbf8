"""The same job in this process and on two workers of Ray gives the same model."""

import builtins
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from smile.config import Config, override, to_dict
from smile.errors import UserError
from smile.model import FaceText
from smile.model.encoding import encode_faces
from smile.training.curve import read_curve
from smile.training.job import Job, run_folder
from smile.training.launch import launch
from smile.training.workers import Workers

ROOT = Path(__file__).parents[3]

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


PROGRAM = """
import json, sys
from pathlib import Path
from smile.config import from_dict
from smile.training.job import Job
from smile.training.launch import launch
from smile.training.workers import Workers
folder = Path(sys.argv[1])
config, images, captions, record = json.loads((folder / "job.json").read_text())
job = Job(from_dict(config), Path(images), tuple(captions), folder / "placed", record)
launch(job, workers=Workers(2, 2), trackers=("tensorboard",))
"""


@pytest.mark.slow
def test_two_workers_of_ray_one_of_them_killed_train_what_one_process_trains(
    small: Config, easy_task: Callable, tmp_path: Path
) -> None:
    config = override(small, {"training.checkpoint_every": 2, "training.steps": 24, "training.report_every": 4})
    alone = launch(make_job(config, easy_task, tmp_path / "alone"))
    placed = make_job(config, easy_task, tmp_path / "placed")
    (tmp_path / "job.json").write_text(json.dumps([to_dict(config), str(placed.images), placed.captions, RECORD]))
    # In a process of its own: importing Ray warns of its own deprecations.
    with (tmp_path / "said").open("w") as said:
        run = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=ROOT, stdout=said, stderr=said)
    curve = run_folder(tmp_path / "placed") / "metrics.jsonl"
    wait_for(lambda: len(read_curve(curve)) >= 3, run)
    os.kill(find_workers(run.pid)[0], signal.SIGKILL)
    assert run.wait(timeout=120) == 0, (tmp_path / "said").read_text()[-3000:]
    assert "goes on after step" in (tmp_path / "said").read_text()
    images, _, _ = easy_task(10, 1)
    one, other = (
        encode_faces(x, images).face_embedding for x in (alone, FaceText.from_pretrained(tmp_path / "placed"))
    )
    assert np.abs(one - other).max() < 1e-4 * np.abs(one).max()
    assert not run_folder(tmp_path / "placed").exists()
    points = [read_curve(tmp_path / name / "metrics.jsonl") for name in ("alone", "placed")]
    assert [point["step"] for point in points[0]] == [point["step"] for point in points[1]]
    assert list((tmp_path / "placed" / "tensorboard").iterdir())


def wait_for(condition: Callable[[], bool], run: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert run.poll() is None and time.monotonic() < end
        time.sleep(0.01)


def find_workers(ancestor: int) -> list[int]:
    """Processes of Ray Train's workers below a process."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"RayTrainWorker" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))

    def below(process: int) -> bool:
        return process == ancestor or (process in parents and below(parents[process]))

    return sorted(process for process in found if below(process))
