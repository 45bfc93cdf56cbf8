"""The same curve in TensorBoard's and MLflow's files, also when a run was broken off; a missing package is named."""

import builtins
import warnings
from pathlib import Path

import pytest

from smile.errors import UserError
from smile.workers.tracking import open_trackers

POINTS = [{"step": step, "loss/total": 1 / step, "vitals/effective_rank": 2.0 * step} for step in range(1, 8)]


def run(name: str, folder: Path) -> None:
    """A run that is broken off after point 5 and continued from point 4."""
    for part in (POINTS[:5], POINTS[3:]):
        (tracker,) = open_trackers([name], folder, "a-run")
        for point in part:
            tracker.add(point)
        tracker.close()


def test_tensorboard_holds_every_point_once(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX", reason="the extra 'tracking' is not installed")
    from tensorboardX.proto.event_pb2 import Event

    run("tensorboard", tmp_path)
    found: dict[int, float] = {}
    for file in sorted((tmp_path / "tensorboard").iterdir()):
        content = file.read_bytes()
        while content:  # length, checksum, event, checksum
            size = int.from_bytes(content[:8], "little")
            event = Event.FromString(content[12 : 12 + size])
            content = content[16 + size :]
            if event.HasField("session_log") and event.session_log.status == 1:  # START: strikes out what follows it
                found = {step: value for step, value in found.items() if step < event.step}
            for value in event.summary.value:
                if value.tag == "loss/total":
                    found[event.step] = value.simple_value
    assert found == pytest.approx({point["step"]: point["loss/total"] for point in POINTS})


def test_mlflow_goes_on_with_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own, of SQLAlchemy and pydantic
        mlflow = pytest.importorskip("mlflow", reason="the extra 'tracking' is not installed")
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        run("mlflow", tmp_path)
        client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
        (known,) = client.search_runs([client.get_experiment_by_name("smile").experiment_id])
        history = client.get_metric_history(known.info.run_id, "loss/total")
    assert {metric.step: metric.value for metric in history} == {p["step"]: p["loss/total"] for p in POINTS}
    assert known.info.status == "FINISHED"


@pytest.mark.parametrize(("name", "package"), [("tensorboard", "tensorboardX"), ("mlflow", "mlflow")])
def test_a_missing_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    real = builtins.__import__

    def without(module: str, *rest: object, **more: object) -> object:
        if module.split(".")[0] == package:
            raise ImportError(module)
        return real(module, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match=r"pip install -e '\.\[tracking\]'"):
        open_trackers([name], tmp_path, "a-run")


def test_an_unknown_tracker_names_the_closest(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean 'tensorboard'"):
        open_trackers(["tensorbord"], tmp_path, "a-run")
