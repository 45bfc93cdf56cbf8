"""Protocols of BP4D-Spontaneous: its eight tasks, and two of them as a test of encoders from BU-4DFE."""

from __future__ import annotations

from bench.protocols.draws import draw_frozen, tell_reduced
from bench.protocols.plan import Group, Plan
from bench.protocols.protocol import FOLDS, Pool, Protocol
from smile.data.face import Facts
from smile.data.splits import Folds, subject_folds
from smile.errors import UserError
from smile.rendering.views import Views, of_data_set

KEY = "bp4d"
TEACHER = "bu4dfe"
VERSION = 1
SUBJECTS, TEACHERS = 41, 101
#: Task of BP4D -> the class of BU-4DFE that it is meant to evoke.
SHARED_TASKS = {"T1": "happiness", "T8": "disgust"}


def tasks(views: Views) -> tuple[tuple[str, ...], ...]:
    """One class a task: the emotion that it is meant to evoke, for the whole sequence."""
    return views.labels


def shared_expressions(views: Views) -> tuple[tuple[str, ...], ...]:
    """Happiness and disgust, of BU-4DFE by its labels and of BP4D by its tasks T1 and T8."""

    def name(clip: Facts) -> tuple[str, ...]:
        if of_data_set(clip.subject) == KEY:
            task = SHARED_TASKS.get(clip.attributes.get("task", ""))
            return (task,) if task else ()
        return clip.labels if set(clip.labels) <= set(SHARED_TASKS.values()) else ()

    return tuple(name(clip) for clip in views.clips)


def teachers_alone(views: Views) -> tuple[bool, ...]:
    """Whether a clip is of BU-4DFE."""
    return tuple(of_data_set(subject) == TEACHER for subject in views.subjects)


def draw_across(pool: Pool, _encoders: int) -> Plan:
    """One encoder and one classifier from BU-4DFE, tested on all of BP4D.

    Fold 0 is BP4D and the only one that is served; the others deal BU-4DFE's subjects, to choose the penalty by.
    """
    tested = tuple(sorted(name for name in pool.counted if of_data_set(name) == KEY))
    teachers = [name for name in pool.counted if of_data_set(name) == TEACHER]
    if not tested or len(teachers) < 2:
        raise UserError(
            f"{len(teachers)} subject(s) of BU-4DFE show happiness or disgust and {len(tested)} of BP4D have the tasks "
            "T1 or T8; it needs at least two and one"
        )
    taught = subject_folds(teachers, min(FOLDS, len(teachers)), KEY, ACROSS.name, VERSION)
    fewer = [(len(teachers), TEACHERS, "BU-4DFE"), (len(tested), SUBJECTS, "BP4D")]
    reduced = [f"{tell_reduced(found, wanted)} of {title}" for found, wanted, title in fewer if found < wanted]
    pretraining = tuple(name for name in pool.everyone if of_data_set(name) == TEACHER)
    note = "nobody is known to be in both data sets, and nobody has made sure of it"
    return Plan((Folds((tested, *taught.folds)),), (Group(pretraining, (0,)),), " and ".join(reduced), note)


EIGHT_TASKS = Protocol(
    "bp4d_41", VERSION, "all 41 subjects, 8 tasks, 10 folds", (KEY,), tasks, draw_frozen(KEY, SUBJECTS), 328
)
ACROSS = Protocol(
    "bu4dfe_bp4d",
    VERSION,
    "pretrained and taught on BU-4DFE, tested on T1 (happiness) and T8 (disgust) of BP4D",
    (TEACHER, KEY),
    shared_expressions,
    draw_across,
    82,
    teachers_alone,
)
