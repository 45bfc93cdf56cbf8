"""Defines the protocols of BP4D-Spontaneous: its eight tasks, and two tasks as a test of encoders from BU-4DFE."""

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


def teachers_alone(views: Views) -> tuple[bool, ...]:
    """Returns for each clip whether it belongs to BU-4DFE."""
    return tuple(of_data_set(subject) == TEACHER for subject in views.subjects)


def draw_across(pool: Pool, _encoders: int) -> Plan:
    """Plans one encoder and one classifier, both trained on BU-4DFE and tested on all of BP4D.

    Fold 0 holds BP4D and is the only tested fold. The other folds hold the subjects of BU-4DFE; the probe chooses its
    regularisation with them. Raises UserError with fewer than two subjects of BU-4DFE, or none of BP4D.
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
