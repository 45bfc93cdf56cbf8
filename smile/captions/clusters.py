"""Classes guessed without labels: clusters of the pretraining faces, named by what FACS says that classes look like.

What goes in is how faces moved and the textbook's prototypes of the classes, no label of any face. A class is thus as
well guessed as its prototype fits; the audit of captions says how well that was. Made faces act by the same
prototypes, so that on a stand-in these guesses are better than they can be on recordings.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from smile.arrays import Float64, UInt8
from smile.captions.prompts import WORDINGS
from smile.captions.prototypes import expect_score
from smile.data.face import EXPRESSIONS
from smile.errors import UserError

#: Dimensions that pictures are reduced to before they are clustered.
COMPONENTS = 32
#: Starts of k-means, the best of which counts.
STARTS = 10


def guess_classes(
    features: Float64, scores: Float64, count: int, seed: int, classes: Sequence[str] = EXPRESSIONS
) -> list[str]:
    """One of `classes` for each face, "" for one whose features are not finite.

    `features` [N, F] are clustered by k-means into `count` groups; each group takes the class whose prototype fits the
    mean of its `scores` [N, M] best (standard deviations from the average, as Captioner.score gives them).
    Raises UserError where a class has no prototype.
    """
    from sklearn.cluster import KMeans

    whole = np.isfinite(features).all(axis=1)
    guesses = np.full(len(features), "", dtype=object)
    if whole.any():
        known = features[whole]
        # No more groups than different faces, or k-means warns.
        count = min(count, len(np.unique(known, axis=0)))
        groups = KMeans(count, n_init=STARTS, random_state=seed).fit_predict(known)
        middles = np.stack([_middle(scores[whole][groups == number]) for number in range(count)])
        guesses[whole] = np.array(name_motions(middles, classes), dtype=object)[groups]
    return [str(guess) for guess in guesses]


def name_motions(motions: Float64, classes: Sequence[str]) -> list[str]:
    """For each of `motions` [K, M], the class whose prototype has the highest cosine with it; NaN counts as zero.

    Both are deviations from an average: what all expressions do names none.
    """
    prototypes = np.stack([_prototype(name) for name in classes])
    prototypes /= np.maximum(np.linalg.norm(prototypes, axis=1, keepdims=True), 1e-6)
    return [classes[best] for best in (np.nan_to_num(motions) @ prototypes.T).argmax(axis=1)]


def reduce_pictures(images: UInt8) -> Float64:
    """Principal components [N, F] of pictures [N, V, C, H, W]."""
    from sklearn.decomposition import PCA

    rows = images.reshape(len(images), -1).astype(np.float32)
    return np.asarray(PCA(min(COMPONENTS, *rows.shape), svd_solver="full").fit_transform(rows), dtype=np.float64)


def _prototype(name: str) -> Float64:
    looks = WORDINGS[name].looks if name in WORDINGS else None
    if looks is None:
        raise UserError(f"the class {name!r} has no prototype of action units; faces cannot be guessed to show it")
    return expect_score(looks)


def _middle(scores: Float64) -> Float64:
    finite = np.isfinite(scores)
    return np.asarray(np.where(finite, scores, 0).sum(axis=0) / np.maximum(finite.sum(axis=0), 1))
