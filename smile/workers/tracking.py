"""TABLE TRACKERS: tools that show the curve of a run, besides its own file; each tool needs an extra package."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from smile.errors import UserError, unknown

INSTALL = "install it with: pip install -e '.[tracking]'"


#: What the steps of a run are called where its progress is shown.
PRETRAINING = "Pretraining (steps)"

#: Is called as progress(what, steps done, steps of the run, the loss in words).
StepProgress = Callable[[str, int, int, str], None]


class Tracker(Protocol):
    """Sends the points of a curve to a tool; a run that was killed continues the same curve."""

    def add(self, metrics: Mapping[str, float]) -> None:
        """Adds a point; `metrics` contain "step"."""

    def close(self) -> None:
        """Writes points that are still in memory."""


class TensorBoard:
    """Writes event files to OUTPUT/tensorboard; see them with: tensorboard --logdir OUTPUT."""

    def __init__(self, output: Path, _run: str) -> None:
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise UserError(f"the tracker tensorboard needs tensorboardX; {INSTALL}") from error
        # The suffix prevents a run that continues within the same second from overwriting its own file.
        self._open: Callable[[int], Any] = lambda step: SummaryWriter(
            str(output / "tensorboard"), purge_step=step, filename_suffix=f".{step:09}"
        )
        self._writer: Any = None

    def add(self, metrics: Mapping[str, float]) -> None:
        """Writes one scalar per metric."""
        step = int(metrics["step"])
        # Opening at this step removes the points that a killed run wrote from this step on.
        self._writer = self._writer or self._open(step)
        for name, value in metrics.items():
            if name != "step":
                self._writer.add_scalar(name, value, step)
        self._writer.flush()  # a killed run loses no point

    def close(self) -> None:
        """Writes points that are still in memory, and closes the file."""
        if self._writer is not None:
            self._writer.close()


class MLflow:
    """Logs to a run of the experiment "smile" at MLFLOW_TRACKING_URI, or else in OUTPUT/mlflow.db."""

    def __init__(self, output: Path, run: str) -> None:
        try:
            from mlflow import MlflowClient
        except ImportError as error:
            raise UserError(f"the tracker mlflow needs mlflow-skinny; {INSTALL}") from error
        place = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{output.resolve() / 'mlflow.db'}"
        self._client = MlflowClient(tracking_uri=place)
        known = self._client.get_experiment_by_name("smile")
        experiment = known.experiment_id if known else self._client.create_experiment("smile")
        found = self._client.search_runs([experiment], f"tags.smile_run = '{run}'", max_results=1)
        made = found[0] if found else self._client.create_run(experiment, tags={"smile_run": run}, run_name=output.name)
        self._run: str = made.info.run_id

    def add(self, metrics: Mapping[str, float]) -> None:
        """Logs each metric."""
        for name, value in metrics.items():
            if name != "step":
                self._client.log_metric(self._run, name, value, step=int(metrics["step"]))

    def close(self) -> None:
        """Marks the run as ended."""
        self._client.set_terminated(self._run)


TRACKERS: dict[str, Callable[[Path, str], Tracker]] = {"tensorboard": TensorBoard, "mlflow": MLflow}


def require_trackers(names: Sequence[str]) -> None:
    """Raises UserError on the name of no tracker; opens none."""
    for name in names:
        if name not in TRACKERS:
            raise unknown("tracker", name, TRACKERS)


def open_trackers(names: Sequence[str], output: Path, run: str) -> list[Tracker]:
    """Opens the trackers of these names for a run; raises UserError on an unknown name or a missing package."""
    require_trackers(names)
    return [TRACKERS[name](output, run) for name in names]
