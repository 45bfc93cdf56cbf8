"""Runs settings with Ray Tune as its guide does: a function, a list of settings, and all else as it comes.

python -m bench.speed.peers.plain_tune COUNT IMPORTS prints JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from importlib import import_module
from typing import Any

#: Trials at a time, one a core.
AT_ONCE = 2


def list_values(count: int) -> list[float]:
    """Returns values of the one setting that is searched, all different."""
    return [0.1 + 9.9 * number / count for number in range(count)]


def work(value: float, imports: str) -> float:
    """Returns the score of a trial that does hardly anything, after importing what a real one needs."""
    if imports:
        import_module(imports)
    return -abs(value - 1.0)


def run_plainly(count: int, imports: str) -> dict[str, Any]:
    """Returns seconds a trial, from the end of the first to that of the last, and each setting's score."""
    from ray import tune

    ended = []

    class Watch(tune.Callback):  # type: ignore[misc]
        def on_trial_complete(self, **_: Any) -> None:
            ended.append(time.perf_counter())

    def trainable(setting: dict[str, Any]) -> None:
        tune.report({"score": work(setting["value"], imports)})

    with tempfile.TemporaryDirectory() as folder:
        found = tune.Tuner(
            trainable,
            param_space={"value": tune.grid_search(list_values(count))},
            tune_config=tune.TuneConfig(metric="score", mode="max", max_concurrent_trials=AT_ONCE),
            run_config=tune.RunConfig(storage_path=folder, verbose=0, callbacks=[Watch()]),
        ).fit()
        scores = {str(one.config["value"]): one.metrics["score"] for one in found}
    return {"seconds": (ended[-1] - ended[0]) / (count - 1), "scores": scores}


if __name__ == "__main__":
    print(json.dumps(run_plainly(int(sys.argv[1]), *(sys.argv[2:] or [""]))))
