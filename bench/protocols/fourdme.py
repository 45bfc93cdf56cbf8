"""Defines the protocols of 4DME: micro-expression clips, each with one or several of five classes."""

from __future__ import annotations

from bench.protocols.draws import tell_reduced
from bench.protocols.plan import Plan, share
from bench.protocols.protocol import Pool, Protocol, keep_where
from smile.data.face import Facts
from smile.data.facs import MICRO_CLASSES
from smile.data.splits import Folds, stratified_folds
from smile.errors import UserError
from smile.rendering.views import Views

KEY = "fourdme"
VERSION = 1
SUBJECTS = 41
FOLDS = 5
#: The classes in which micro-expressions of several data sets are compared.
THREE = ("Positive", "Negative", "Surprise")


def all_labels(views: Views) -> tuple[tuple[str, ...], ...]:
    """Returns every class of each clip, in the order of MICRO_CLASSES; macro-expressions do not count."""
    shown = keep_where(views, _is_micro)
    return tuple(tuple(name for name in MICRO_CLASSES if name in labels) for labels in shown)


def single_labels(views: Views) -> tuple[tuple[str, ...], ...]:
    """Keeps clips with exactly one label, if the label is one of THREE; other clips do not count.

    The protocol serves to compare data sets, and the other data sets have no clips with several labels.
    """
    return keep_where(views, lambda clip: _is_micro(clip) and len(clip.labels) == 1 and clip.labels[0] in THREE)


def _is_micro(clip: Facts) -> bool:
    return clip.attributes.get("kind", "micro") == "micro"


def draw_stratified(pool: Pool, encoders: int) -> Plan:
    """Plans five folds of whole subjects in which every class is about equally frequent."""
    folds = stratified_folds(pool.counted, min(FOLDS, len(pool.counted)), KEY, FIVE_CLASSES.name, VERSION)
    reduced = tell_reduced(len(pool.counted), SUBJECTS)
    note = f"{len(folds.folds)} folds" if len(folds.folds) < FOLDS else ""
    return Plan((folds,), share([folds], pool.everyone, encoders), reduced, note)


def draw_one_out(pool: Pool, encoders: int) -> Plan:
    """Plans one fold for each subject (leave one subject out); an encoder serves neighbouring subjects.

    Raises UserError with fewer than two subjects.
    """
    if len(pool.counted) < 2:
        raise UserError(f"{len(pool.counted)} subject(s) cannot be left out one at a time; add subjects")
    folds = Folds(tuple((name,) for name in sorted(pool.counted)))
    return Plan((folds,), share([folds], pool.everyone, encoders), tell_reduced(len(folds.folds), SUBJECTS))


FIVE_CLASSES = Protocol(
    "fourdme_5class",
    VERSION,
    "5 classes, several a clip, 5 stratified folds of whole subjects",
    (KEY,),
    all_labels,
    draw_stratified,
    267,
    multilabel=True,
)
THREE_CLASSES = Protocol(
    "fourdme_3class_loso",
    VERSION,
    "positive, negative, surprise; leave one subject out",
    (KEY,),
    single_labels,
    draw_one_out,
)
