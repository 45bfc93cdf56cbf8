"""The same job in this process and on two workers of Ray gives the same model."""

import builtins
import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from smile.config import Config, override, to_dict
from smile.errors import UserError
from smile.model import FaceText
from smile.model.encoding import encode_faces
from smile.training.job import Job, run_folder
from smile.training.launch import launch

ROOT = Path(__file__).parents[3]


def make_job(config: Config, easy_task: Callable, output: Path) -> Job:
    images, captions, _ = easy_task(16, 0)
    run_folder(output).mkdir(parents=True)
    np.save(run_folder(output) / "images.npy", images)
    return Job(config, run_folder(output) / "images.npy", tuple(captions), output)


def test_in_this_process(small: Config, easy_task: Callable, tmp_path: Path) -> None:
    job = make_job(small, easy_task, tmp_path / "model")
    said: list[tuple[str, int, int]] = []
    model = launch(job, progress=lambda *words: said.append(words))
    assert [done for _, done, _ in said] == [1, 2, 3, 4] and {total for _, _, total in said} == {4}
    images, _, _ = easy_task(5, 1)
    stored = encode_faces(FaceText.from_pretrained(tmp_path / "model"), images)
    np.testing.assert_array_equal(stored.face_embedding, encode_faces(model, images).face_embedding)
    assert not run_folder(tmp_path / "model").exists()


def test_a_run_that_broke_off_goes_on(small: Config, easy_task: Callable, tmp_path: Path) -> None:
    config = override(small, {"training.checkpoint_every": 2})
    job = make_job(config, easy_task, tmp_path / "model")

    def break_off(_: str, done: int, __: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        launch(job, progress=break_off)
    said: list[int] = []
    model = launch(job, progress=lambda _, done, __: said.append(done))
    assert said == [3, 4]
    whole = launch(make_job(config, easy_task, tmp_path / "whole"))
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
        launch(job, workers=2)


@pytest.mark.slow
def test_two_workers_of_ray_train_what_one_process_trains(small: Config, easy_task: Callable, tmp_path: Path) -> None:
    config = override(small, {"training.checkpoint_every": 4})
    alone = launch(make_job(config, easy_task, tmp_path / "alone"))
    placed = make_job(config, easy_task, tmp_path / "placed")
    (tmp_path / "job.json").write_text(json.dumps([to_dict(config), str(placed.images), placed.captions]))
    # In a process of its own: importing Ray warns of its own deprecations.
    program = textwrap.dedent("""
        import json, sys
        from pathlib import Path
        from smile.config import from_dict
        from smile.training.job import Job
        from smile.training.launch import launch
        folder = Path(sys.argv[1])
        config, images, captions = json.loads((folder / "job.json").read_text())
        launch(Job(from_dict(config), Path(images), tuple(captions), folder / "placed"), workers=2)
    """)
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=True, timeout=120)
    images, _, _ = easy_task(10, 1)
    one, other = (
        encode_faces(x, images).face_embedding for x in (alone, FaceText.from_pretrained(tmp_path / "placed"))
    )
    assert np.abs(one - other).max() < 1e-4 * np.abs(one).max()
    assert not run_folder(tmp_path / "placed").exists()
