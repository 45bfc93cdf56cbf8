"""Puts together what a sweep runs on: its data, the identity of its results, and what its report says of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bench.origins import hash_sources, hash_towers
from smile import provenance
from smile.config import Config, Model, override, to_dict
from smile.rendering.views import Views
from sweeps.decide.aim import Aim
from sweeps.draw.ranges import Among
from sweeps.draw.samplers import describe_sampler
from sweeps.draw.scheduling import describe_scheduler
from sweeps.effort import Effort
from sweeps.ledger import Ledger
from sweeps.objectives import find_objective
from sweeps.split import draw_benchmark
from sweeps.studies import Study
from sweeps.trial import Task

#: Where the code of a trial begins, beside its own.
MEASURED_BY = (
    "bench.protocols.anyone",
    "smile.config",
    "smile.training.pretraining",
    "sweeps.objectives.accuracy",
    "sweeps.objectives.label_free",
    "sweeps.objectives.repeats",
    "sweeps.objectives.worst",
)
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
    split = task.split(task.config)
    return {
        "purpose": study.purpose,
        "ranges": {key: asdict(values) for key, values in study.ranges.items()},
        "default": study.default(task.config),
        "config": to_dict(task.config),
        "seed": task.config.training.seed,
        "data": views.content_hash(),
        "subjects": split.plan.hash,
        "objective": task.objective,
        "repeats": task.repeats,
        "source": [
            hash_sources(MEASURED_BY),
            provenance.code_hash("sweeps/effort.py", "sweeps/split.py", "sweeps/trial.py"),
            *hash_towers(*_list_towers(study, task.config.model)),
        ],
    }


def _list_towers(study: Study, model: Model) -> list[str]:
    """Names the towers that trials may have, each once."""
    varied = [study.ranges[key].edges for key in ("model.image_tower", "model.text_tower") if key in study.ranges]
    return sorted({model.image_tower, model.text_tower, *(name for names in varied for name in names)})


def describe_experiment(
    sweep: Sweep, views: Views, command: str, precision: str = "", aim: Aim | None = None
) -> dict[str, Any]:
    """Returns the facts that the report states about the experiment besides its identity.

    `precision` is a sentence on how sure a score is, and `aim` what was asked for, where this decided on the repeats.
    """
    task, effort = sweep.task, sweep.effort
    split, tested = task.split(task.config), len(draw_benchmark(views).evaluated)
    objective = find_objective(task.objective)
    return {
        "data": {
            "title": views.title,
            "stand_in": views.stand_in,
            "pretraining_clips": len(split.pretraining),
            "pretraining_subjects": len(set(split.pretraining.subjects)),
            "validation_clips": len(split.validation),
            "validation_subjects": len(set(split.validation.subjects)),
        },
        "objective": f"The objective is {objective.about}. It is measured on subjects that the encoder never saw.",
        "precision": precision,
        "aim": asdict(aim or Aim(0.0, task.repeats)),
        "kept_apart": (
            f"The {tested} subjects that `python -m bench.run --protocol tenfold --budget {BUDGET}` tests on these "
            "data were not touched; under other budgets and protocols it tests subjects of this study as well."
        ),
        "command": command,
        "commit": provenance.commit(),
        "sampler": describe_sampler(effort.sampler, effort.seed),
        "scheduler": describe_scheduler(effort.scheduler, effort.epochs, effort.repeats),
        "device": provenance.device(),
        "versions": provenance.versions(),
    }


def widest(study: Study, config: Config) -> Config:
    """Returns the config with all views that any trial uses, so that faces are drawn once."""
    yaws, counts = study.ranges.get("rendering.yaws"), study.ranges.get("rendering.view_count")
    if isinstance(yaws, Among):
        pitches = max(len(config.rendering.pitches), 1)
        drawn = list(dict.fromkeys(yaw for text in yaws.values for yaw in str(text).split(",")))
        return override(config, {"rendering.yaws": ",".join(drawn), "rendering.view_count": len(drawn) * pitches})
    return override(config, {"rendering.view_count": max(counts.values)}) if isinstance(counts, Among) else config
