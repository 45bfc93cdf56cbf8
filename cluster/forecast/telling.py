"""Writes a forecast as text: what was fitted, a step on more and more GPUs, and a plan for a large corpus."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from cluster.forecast.fit import Fitted, FittedLine
from cluster.forecast.plan import Corpus, Fleet, shard_seconds, simulate_drawing, simulate_training
from cluster.forecast.step import Place, Step, StepWork, forecast_step

PARTS = ("compute", "read", "gradients", "embeddings", "losses")


def tell_forecast(
    fitted: Fitted, gpus: Sequence[int], work: StepWork, place: Place, corpus: Corpus, epochs: int
) -> str:
    """Returns the whole forecast."""
    steps = [forecast_step(count, work, place) for count in gpus]
    heading = f"A step on {place.card.name} at {place.share:.0%} of its peak, {work.clips} clips a GPU (ms)"
    parts = [
        _tell_fit(fitted),
        f"{heading}\n\n{_tell_steps(steps)}",
        _tell_plan(fitted, steps, work, place, corpus, epochs),
    ]
    return "\n\n".join(parts)


def _tell_fit(fitted: Fitted) -> str:
    rows = [
        ("a training step", _say(fitted.step, "operations/s")),
        ("two workers add up gradients", _say(fitted.exchange, "bytes/s")),
        ("one process hands out tasks", _say(fitted.task, "tasks/s")),
        ("a scan of 35,000 vertices, read and drawn", f"{1e3 * fitted.scan:.0f} ms of a core"),
        ("a step's share of this processor's peak", f"{fitted.share:.0%}"),
    ]
    return "Fitted to what was measured here\n\n" + str(tabulate(rows, ("what", "line"), tablefmt="pipe"))


def _say(line: FittedLine, unit: str) -> str:
    return f"{1e3 * line.start:.2f} ms + amount / {line.rate:.3g} {unit}; worst point {line.worst:.0%} off"


def _tell_steps(steps: Sequence[Step]) -> str:
    rows = [
        [
            one.gpus,
            *(1e3 * one.parts[part] for part in PARTS),
            one.slowest,
            f"{one.efficiency:.0%}",
            one.joined_bytes / 1e9,
        ]
        for one in steps
    ]
    headings = ("GPUs", *PARTS, "slowest", "time that computes", "joined embeddings, GB")
    return str(tabulate(rows, headings, tablefmt="pipe", floatfmt=".3g"))


def _tell_plan(fitted: Fitted, steps: Sequence[Step], work: StepWork, place: Place, corpus: Corpus, epochs: int) -> str:
    fleet, size = Fleet(), corpus.clips * work.bytes_per_clip
    parts = shard_seconds(corpus, fleet, place, fitted)
    slowest = max(parts, key=lambda name: parts[name])
    drawn = simulate_drawing(corpus, fleet, parts[slowest])
    lines = [
        f"A corpus of {corpus.scans:,} scans, {corpus.frames} a clip, in {corpus.shards:,} shards",
        f"- to read: {corpus.scans * corpus.scan_bytes / 1e12:.1f} TB of scans; cache: {size / 1e12:.2f} TB, "
        f"{size / corpus.shards / 1e9:.2f} GB a shard",
        f"- a shard on one machine of {fleet.cores} cores, {fleet.machines} of them at once: "
        + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in parts.items())
        + f"; {slowest} decides",
        f"- drawing, {fleet.losses_per_hour:.0%} of the machines lost an hour: {drawn.hours:.1f} h, {drawn.lost} lost, "
        f"{drawn.wasted:.1%} of the work done twice",
    ]
    for step in steps:
        trained = simulate_training(corpus.clips, epochs, step, work, place, fleet)
        lines.append(
            f"- {epochs} epochs on {step.gpus:,} GPUs: {trained.steps:,} steps, {trained.hours:,.1f} h with "
            f"{trained.restarts} restarts"
        )
    return "\n".join(lines)
