"""Guesses classes without labels: clusters the pretraining faces, and names each cluster by prototypes from FACS.

The guesses use how faces moved and the textbook's prototypes of the classes, but no label of any face. A guess is
only as good as the prototype of its class; the audit of captions measures how good. Made faces act with the same
prototypes, so the guesses are better on stand-ins than they can be on recordings.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smile.arrays import Float64, UInt8
from smile.captions.prompts import find_wording
from smile.captions.prototypes import expect_score
from smile.data.face import EXPRESSIONS
from smile.data.facs import MICRO_CLASSES
from smile.errors import UserError
from smile.sets.readers import READERS

#: Dimensions to which images are reduced before k-means.
COMPONENTS = 32
#: Data set -> its classes, where the release does not say how many clips show each of them.
UNCOUNTED = {"fourdme": tuple(MICRO_CLASSES)}
#: Random starts of k-means; the best one is used.
STARTS = 10


def guess_classes(
    features: Float64, scores: Float64, count: int, seed: int, classes: Sequence[str] = EXPRESSIONS
) -> list[str]:
    """Guesses one of `classes` for each of N faces; returns "" for a face whose features are not all finite.

    K-means clusters the `features` [N, F] into `count` groups. Each group gets the class whose prototype fits the mean
    of the group's `scores` [N, M] best; scores are standard deviations from the average (Captioner.score).
    Example: a group in which mouth corners rise gets "happiness". Raises UserError where a class has no prototype.
    """
    from sklearn.cluster import KMeans

    whole = np.isfinite(features).all(axis=1)
    guesses = np.full(len(features), "", dtype=object)
    if whole.any():
        known = features[whole]
        # K-means warns where it has more groups than different faces.
        count = min(count, len(np.unique(known, axis=0)))
        groups = KMeans(count, n_init=STARTS, random_state=seed).fit_predict(known)
        middles = np.stack([_middle(scores[whole][groups == number]) for number in range(count)])
        guesses[whole] = np.array(name_motions(middles, classes), dtype=object)[groups]
    return [str(guess) for guess in guesses]


def find_classes(data_set: str) -> tuple[str, ...]:
    """Returns which classes the faces of a data set, e.g. "bp4d", may be guessed to show; no label of a face is read.

    These are the classes of the release that have a prototype: neutral in BU-3DFE, pain in BP4D, repression in 4DME.
    Made faces and the user's own scans may show the six basic expressions.
    """
    reader = READERS.get(data_set)
    released = UNCOUNTED.get(data_set) or (reader.release.expressions if reader and reader.release else EXPRESSIONS)
    return tuple(name for name in released if (wording := find_wording(name)) and wording.looks)


def name_motions(motions: Float64, classes: Sequence[str]) -> list[str]:
    """Returns for each of `motions` [K, M] the class whose prototype has the highest cosine; NaN counts as zero.

    Motions and prototypes are deviations from an average, so a movement that all expressions share names no class.
    """
    prototypes = np.stack([_prototype(name) for name in classes])
    prototypes /= np.maximum(np.linalg.norm(prototypes, axis=1, keepdims=True), 1e-6)
    return [classes[best] for best in (np.nan_to_num(motions) @ prototypes.T).argmax(axis=1)]


def reduce_pictures(images: UInt8) -> Float64:
    """Returns principal components [N, F] of images [N, V, C, H, W]."""
    from sklearn.decomposition import PCA

    rows = images.reshape(len(images), -1).astype(np.float32)
    return np.asarray(PCA(min(COMPONENTS, *rows.shape), svd_solver="full").fit_transform(rows), dtype=np.float64)


def _prototype(name: str) -> Float64:
    wording = find_wording(name)
    if wording is None or wording.looks is None:
        raise UserError(f"the class {name!r} has no prototype of action units; faces cannot be guessed to show it")
    return expect_score(wording.looks)


def _middle(scores: Float64) -> Float64:
    finite = np.isfinite(scores)
    return np.asarray(np.where(finite, scores, 0).sum(axis=0) / np.maximum(finite.sum(axis=0), 1))
