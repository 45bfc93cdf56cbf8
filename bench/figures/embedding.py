"""Draws a map of embeddings: what lies close in many dimensions lies close on paper, by expression and by subject."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures.canvas import MARKERS, mark_content, open_canvas, read_mark, save_canvas, write_title
from smile.arrays import Float32
from smile.errors import UserError

#: Fewest clips of which a map can be made.
FEWEST = 5
#: Most groups that the legend names; where there are more, it says how many.
NAMED = 14
#: Largest perplexity of t-SNE, the usual one: about how many neighbours a clip keeps close.
PERPLEXITY = 30.0

#: One shape for each group beside its colour, for eyes and printers without colour.
MARKS = (*MARKERS.values(), "<", ">", "p")


def draw_embedding(
    path: Path, title: str, features: Float32, labels: Sequence[str], subjects: Sequence[str]
) -> Path | None:
    """Draws features [N, D] as N points twice: each in the mark and colour of its label, and of its subject.

    Only neighbourhoods mean anything: t-SNE keeps neither distances between far points nor the sizes of groups.
    Returns None where the image at `path` already shows the same content.
    """
    mark = mark_content(title, features.tolist(), list(labels), list(subjects))
    if read_mark(path) == mark:
        return None
    places = place_points(features)
    _, (left, right) = open_canvas(13, 5.4, columns=2)
    _draw_groups(left, places, labels, "expression")
    _draw_groups(right, places, subjects, "subject")
    write_title(left, title)
    return save_canvas(path, left, mark)


def place_points(features: Float32) -> Float32:
    """Returns a place [N, 2] for each row of features [N, D] by t-SNE (van der Maaten and Hinton 2008).

    Features are standardised, at most 50 principal components are kept, and the first two are where t-SNE starts, so
    that equal features give equal places. Raises UserError where there are too few rows.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    count, width = features.shape
    if count < FEWEST:
        raise UserError(f"a map needs at least {FEWEST} clips, and there are {count}")
    spread = features.std(axis=0)
    rows = np.divide(features - features.mean(axis=0), spread, out=np.zeros_like(features), where=spread > 1e-9)
    if not rows.any():  # every clip at one place
        return np.zeros((count, 2), dtype=np.float32)
    with threadpool_limits(1):  # sums of several threads differ in their last digits
        rows = PCA(min(50, width, count - 1), svd_solver="full").fit_transform(rows)
        start = 1e-4 * rows[:, :2] / max(float(rows[:, 0].std()), 1e-9)
        if width == 1:  # every clip on a line
            return np.asarray(np.pad(rows, ((0, 0), (0, 1))), dtype=np.float32)
        made = TSNE(perplexity=min(PERPLEXITY, (count - 1) / 3), init=start, random_state=0, n_jobs=1)
        return np.asarray(made.fit_transform(rows), dtype=np.float32)


def _draw_groups(axes: Any, places: Float32, groups: Sequence[str], what: str) -> None:
    """Draws each group in a pair of mark and colour that no other group has, as long as there are pairs."""
    import seaborn

    names = sorted(set(groups))
    colours = seaborn.color_palette("colorblind")
    # The first groups differ in colour and mark at once; later ones in one of both.
    turns = product(range(len(MARKS)), range(len(colours)))
    pairs = [(MARKS[(turn + number) % len(MARKS)], colours[number]) for turn, number in turns]
    for number, name in enumerate(names):
        own, (marker, colour) = [one == name for one in groups], pairs[number % len(pairs)]
        axes.scatter(*places[own].T, s=22, marker=marker, color=colour, label=name, linewidths=0.6)
    axes.set(xticks=[], yticks=[])
    axes.set_title(f"by {what}", fontsize="medium")
    if len(names) <= NAMED:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize="small")
    else:
        axes.set_xlabel(f"{len(names)} {what}s, each with a mark and a colour of its own")
