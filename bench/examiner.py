"""Sets exams for probes: embeds clips once, clean and as each condition shows them, with one fitted encoder."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from bench.methods.method import Encoder, TextEncoder
from bench.probes.few_labels import draw_labelled
from bench.probes.kernel import make_kernel, show_otherwise
from bench.probes.probe import Exam, Round, TextSide, tested_rows
from bench.statistics.metrics import mark_classes, order_classes
from smile.arrays import Float32, Int64
from smile.rendering.views import Views, blank

#: The condition in which faces are as they were scanned.
CLEAN = "clean"


@dataclass(frozen=True)
class Examiner:
    """Holds an encoder and the clips to examine it with. Clips teach clean; a condition changes the tested ones."""

    encoder: Encoder
    evaluated: Views
    pretraining: Views  # of the encoder: gives mean and deviation of embeddings
    rounds: tuple[Round, ...]
    multilabel: bool
    classifier: str
    seed: int
    candidates: tuple[str, ...]  # subjects whose labels `few_labels` may use

    def set_exam(self, shown: Views | None) -> Exam:
        """Returns the exam on the tested clips as `shown`, or on clean clips where it is None.

        A clip that `shown` lacks is not tested, but still teaches.
        """
        if shown is None:
            return self._clean
        where = {clip: row for row, clip in enumerate(shown.clip_ids)}
        found = np.array([where.get(clip, -1) for clip in self.evaluated.clip_ids], dtype=np.int64)
        exam = replace(self._clean, hidden=found < 0)
        rows = tested_rows(exam)
        asked = shown.rows(found[rows])
        embeddings = self._embed(asked)
        kernel = show_otherwise(exam.kernel, embeddings, rows, self._embeddings, self._reference)
        return replace(exam, kernel=kernel, text=self._read_faces(asked, rows))

    @cached_property
    def _embeddings(self) -> Float32:
        return self._embed(self.evaluated)

    @cached_property
    def _reference(self) -> Float32:
        return self._embed(self.pretraining)

    @cached_property
    def _clean(self) -> Exam:
        classes = order_classes(itertools.chain(*self.evaluated.labels))
        return Exam(
            kernel=make_kernel(self._embeddings, self._reference),
            targets=mark_classes(self.evaluated.labels, classes),
            multilabel=self.multilabel,
            rounds=self.rounds,
            classifier=self.classifier,
            seed=self.seed,
            classes=classes,
            clips=self.evaluated.clips,
            draws=draw_labelled(self.candidates),
            text=self._read_faces(self.evaluated, np.arange(len(self.evaluated))),
        )

    def _embed(self, views: Views) -> Float32:
        return _require_sound(self.encoder.embed(blank(views)), len(views))

    def _read_faces(self, views: Views, rows: Int64) -> TextSide | None:
        """Returns the text side with the faces of `views` in these rows; None where the encoder has none."""
        if not isinstance(self.encoder, TextEncoder):
            return None
        return TextSide(partial(self._embed_jointly, self.encoder, views, rows), self.encoder.embed_sentences)

    def _embed_jointly(self, encoder: TextEncoder, views: Views, rows: Int64) -> Float32:
        faces = _require_sound(encoder.embed_jointly(blank(views)), len(views))
        whole = np.zeros((len(self.evaluated), faces.shape[1]), dtype=np.float32)
        whole[rows] = faces
        return whole


def _require_sound(embeddings: Float32, count: int) -> Float32:
    if len(embeddings) != count or not np.isfinite(embeddings).all():
        raise FloatingPointError(f"embeddings {embeddings.shape} of {count} clips hold values that are not finite")
    return embeddings
