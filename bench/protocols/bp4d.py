"""Defines the protocols of BP4D-Spontaneous: its eight tasks, and two tasks as a test of encoders from BU-4DFE."""

from __future__ import annotations

from bench.protocols.across import STRANGERS, DrawAcross, Side
from bench.protocols.draws import draw_frozen
from bench.protocols.protocol import Protocol
from smile.data.face import Facts
from smile.rendering.views import Views, of_data_set

KEY = "bp4d"
TEACHER = "bu4dfe"
VERSION = 1
SUBJECTS, TEACHERS = 41, 101
#: Task of BP4D -> class of BU-4DFE that the task should evoke.
SHARED_TASKS = {"T1": "happiness", "T8": "disgust"}


def tasks(views: Views) -> tuple[tuple[str, ...], ...]:
    """Returns the class of each clip: the emotion that its task should evoke, for the whole sequence."""
    return views.labels


def shared_expressions(views: Views) -> tuple[tuple[str, ...], ...]:
    """Returns happiness or disgust for clips that show one: BU-4DFE by label, BP4D by the tasks T1 and T8."""

    def name(clip: Facts) -> tuple[str, ...]:
        if of_data_set(clip.subject) == KEY:
            task = SHARED_TASKS.get(clip.attributes.get("task", ""))
            return (task,) if task else ()
        return clip.labels if set(clip.labels) <= set(SHARED_TASKS.values()) else ()

    return tuple(name(clip) for clip in views.clips)


EIGHT_TASKS = Protocol(
    "bp4d_41", VERSION, "all 41 subjects, 8 tasks, 10 folds", (KEY,), tasks, draw_frozen(KEY, SUBJECTS), 328
)
_ACROSS = DrawAcross("bu4dfe_bp4d", VERSION, Side(TEACHER, "BU-4DFE", TEACHERS), Side(KEY, "BP4D", SUBJECTS), STRANGERS)
ACROSS = Protocol(
    "bu4dfe_bp4d",
    VERSION,
    "pretrained and taught on BU-4DFE, tested on T1 (happiness) and T8 (disgust) of BP4D",
    (TEACHER, KEY),
    shared_expressions,
    _ACROSS,
    82,
    _ACROSS.sees,
)
