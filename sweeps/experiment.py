"""Puts together what a sweep runs on: its data, the identity of its results, and what its report says of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bench.origins import hash_sources
from smile import provenance
from smile.config import Config, override, to_dict
from smile.rendering.views import Views
from sweeps.draw.ranges import Among
from sweeps.draw.samplers import describe_sampler
from sweeps.draw.scheduling import describe_scheduler
from sweeps.effort import Effort
from sweeps.ledger import Ledger
from sweeps.studies import Study
from sweeps.trial import OBJECTIVE, Task, draw_benchmark

#: Where the code of a trial begins, beside its own.
MEASURED_BY = ("bench.probes.linear_probe", "bench.protocols.anyone", "smile.training.pretraining", "smile.config")
#: Budget of the benchmark: a search uses the same synthetic faces, and leaves out the subjects that this budget tests.
BUDGET = "quick"


@dataclass(frozen=True)
class Sweep:
    """Holds a study with all that its run needs."""

    study: Study
    task: Task
    ledger: Ledger
    effort: Effort


def identify_experiment(study: Study, task: Task, views: Views) -> dict[str, Any]:
    """Returns all that decides the score of a setting: trials of equal identity and setting have equal results."""
    return {
        "purpose": study.purpose,
        "ranges": {key: asdict(values) for key, values in study.ranges.items()},
        "default": study.default(task.config),
        "config": to_dict(task.config),
        "seed": task.config.training.seed,
        "data": views.content_hash(),
        "subjects": task.plan.hash,
        "source": [hash_sources(MEASURED_BY), provenance.code_hash("sweeps/effort.py", "sweeps/trial.py")],
    }


def describe_experiment(sweep: Sweep, views: Views, command: str) -> dict[str, Any]:
    """Returns the facts that the report states about the experiment besides its identity."""
    task, effort = sweep.task, sweep.effort
    tested = len(draw_benchmark(views).evaluated)
    return {
        "data": {
            "title": views.title,
            "stand_in": views.stand_in,
            "pretraining_clips": len(task.pretraining),
            "pretraining_subjects": len(set(task.pretraining.subjects)),
            "validation_clips": len(task.validation),
            "validation_subjects": len(set(task.validation.subjects)),
        },
        "objective": OBJECTIVE,
        "kept_apart": (
            f"The {tested} subjects that `python -m bench.run --protocol tenfold --budget {BUDGET}` tests on these "
            "data were not touched; under other budgets and protocols it tests subjects of this study as well."
        ),
        "command": command,
        "commit": provenance.commit(),
        "sampler": describe_sampler(effort.sampler, effort.seed),
        "scheduler": describe_scheduler(effort.scheduler, effort.epochs),
        "device": provenance.device(),
        "versions": provenance.versions(),
    }


def widest(study: Study, config: Config) -> Config:
    """Returns the config with the most views that a trial may use: the views of fewer cameras are among them."""
    values = study.ranges.get("rendering.view_count")
    return override(config, {"rendering.view_count": max(values.values)}) if isinstance(values, Among) else config
