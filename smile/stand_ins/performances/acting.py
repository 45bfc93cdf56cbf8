"""Turns a script into a performance: every unit goes from rest to its apex and back, at its own pace.

A clip need not begin or end at rest, and its apex is at no fixed frame. Letters in shapes: F frames, U action units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from smile.arrays import Float64
from smile.errors import UserError
from smile.stand_ins import blendshapes
from smile.stand_ins.blendshapes import HEAD_UNITS
from smile.stand_ins.performance import (
    Act,
    Difficulty,
    Performance,
    digest_program,
    distract,
    generator,
    join_sides,
    smooth_step,
    wander,
)
from smile.stand_ins.performances import script, timing
from smile.stand_ins.performances.script import SIDED, Script, Style, styled

_CUT = 0.3  # probability that a clip begins within the onset; the same for its end within the offset
_BEFORE, _AFTER = (0.1, 0.5), (0.0, 0.4)  # seconds of rest where nothing is cut
_HELD = 0.3  # largest share of the offset in which the apex is held
_LATE = 0.25  # largest delay of a unit's side, as a share of the onset; never above Difficulty.lag


def digest_acting(*files: str) -> str:
    """Returns a key for the program of a performer that is written in these files and acts scripts."""
    return digest_program(__file__, *(str(module.__file__) for module in (script, timing)), *files)


@dataclass(frozen=True)
class _Course:
    """Holds when things happen, in seconds from the first movement."""

    onset: float
    offset: float  # from the apex on, the time that it is held included
    held: float
    begin: float  # first frame; negative where the face is at rest before
    end: float  # last frame


def act_out(
    seed: int, subject: str, act: Act, frames: int, difficulty: Difficulty, text: Script, name: str
) -> Performance:
    """Returns the performance of a script in `frames` samples, 2 or more; `name` is the performer's.

    Raises UserError on fewer than two frames.
    """
    if frames < 2:
        raise UserError(f"a performance of {frames} frame(s) cannot move; ask for 2 or more")
    style, rng = Style.of(seed, subject), generator(seed, name, subject, act.name)
    course = _draw_course(generator(seed, "pace", subject), rng, text, difficulty)
    text = styled(text, style, rng)
    seconds = course.end - course.begin
    times: Float64 = course.begin + np.arange(frames, dtype=np.float64) * seconds / frames
    left, right = _move(rng, times, text, course, style, difficulty)
    units = sorted(left)
    curves = np.stack([(left[unit] + right[unit]) / 2 for unit in units], axis=1) if units else np.zeros((frames, 0))
    passed = times - course.begin
    ranges = replace(difficulty, seconds=seconds)
    angles, shifts = _carry_head(rng, passed, dict(zip(units, curves.T, strict=True)), ranges)
    return Performance(
        units=tuple(_name(unit, left[unit], right[unit]) for unit in units),
        strengths=curves.astype(np.float32),
        weights=_weigh(left, right, distract(rng, passed, ranges), frames).astype(np.float32),
        rotations=Rotation.from_euler("YXZ", angles, degrees=True).as_matrix().astype(np.float32),
        translations=shifts.astype(np.float32),
        level=1.0,
        apex=int(np.abs(times - course.onset - course.held / 2).argmin()),
        seconds=seconds,
        manner=text.manner,
    )


def _draw_course(
    person: np.random.Generator, rng: np.random.Generator, text: Script, difficulty: Difficulty
) -> _Course:
    onset, offset = text.timing.draw(person, rng)
    held = offset * float(rng.uniform(0, _HELD))
    cuts, where = rng.random(2) < _CUT, (float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.2, 0.8)))
    before, after = (float(rng.uniform(*span)) for span in (_BEFORE, _AFTER))
    begin = where[0] * onset if cuts[0] else -before
    end = onset + held + where[1] * (offset - held) if cuts[1] else onset + offset + after
    if difficulty.stills:
        begin, end = -before, onset + _BEFORE[0]
    return _Course(onset, offset, held, begin, end)


def _move(
    rng: np.random.Generator, times: Float64, text: Script, course: _Course, style: Style, ranges: Difficulty
) -> tuple[dict[int, Float64], dict[int, Float64]]:
    """Returns the strength of every unit over time, on the subject's left and right side."""
    sides: tuple[dict[int, Float64], dict[int, Float64]] = ({}, {})
    late = min(ranges.lag, _LATE * course.onset)
    for unit in sorted({*text.apex, *text.rest}):
        goal, rest = text.apex.get(unit, (0.0, 0.0)), text.rest.get(unit, (0.0, 0.0))
        weaker = style.weak if rng.random() < 0.75 else 1 - style.weak
        loss = float(rng.uniform(0, ranges.asymmetry)) * (unit in SIDED)
        for number, side in enumerate(sides):
            begin = float(rng.uniform(0, late))
            rise = smooth_step((times - begin) / (course.onset - begin))
            fall = smooth_step((times - course.onset - course.held) / (course.offset - course.held))
            top = goal[number] * (1 - loss * (number == weaker))
            side[unit] = rest[number] + (top - rest[number]) * (rise - fall)
    return sides


def _carry_head(
    rng: np.random.Generator, times: Float64, strengths: Mapping[int, Float64], ranges: Difficulty
) -> tuple[Float64, Float64]:
    """Returns yaw, pitch and roll [F, 3] in degrees and the shift [F, 3] in mm: its units, and a slow drift."""
    angles = wander(rng, times, ranges.seconds, 3) * ranges.turn
    shifts = wander(rng, times, ranges.seconds, 3) * ranges.shift
    for unit in sorted(strengths.keys() & HEAD_UNITS.keys()):
        angles += strengths[unit][:, None] * np.array(HEAD_UNITS[unit][:3])
        shifts[:, 2] += strengths[unit] * HEAD_UNITS[unit][3]
    return angles, shifts


def _weigh(
    left: Mapping[int, Float64], right: Mapping[int, Float64], distractions: Mapping[str, Float64], frames: int
) -> Float64:
    """Returns the weight of every shape over time, [F, S]; units that move no shape are left out."""
    shown = [{u: c for u, c in side.items() if u in blendshapes.ACTION_UNITS} for side in (left, right)]
    weights = join_sides(*(blendshapes.shape_weights(side) for side in shown))
    still = np.zeros(frames)
    return np.stack([np.clip(weights.get(s, still) + distractions.get(s, still), 0, 1) for s in blendshapes.SHAPES], 1)


def _name(unit: int, left: Float64, right: Float64) -> str:
    """Returns "12", or "L12" where only the left side ever moves."""
    if bool(left.any()) == bool(right.any()):
        return str(unit)
    return f"{'L' if left.any() else 'R'}{unit}"
