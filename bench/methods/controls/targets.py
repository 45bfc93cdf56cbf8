"""Makes the numbers that controls are taught instead of sentences: principal components, measures, clusters.

Letters in shapes: N clips, D values of a clip's images, K components, M measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bench.methods.method import Unsuitable
from smile.arrays import Float32, Float64, Int64, UInt8
from smile.captions.arms import write_captions
from smile.captions.geometry import NoLandmarks, fit_captioner
from smile.config import Config
from smile.rendering.views import Views

#: Principal components that stand for the pictures of a clip; as many as measures would be too few for pixels.
COMPONENTS = 32


def find_components(images: UInt8, subjects: tuple[str, ...], count: int = COMPONENTS) -> Float32:
    """Returns the first principal components [N, K] of images less their subject's average image, with deviation one.

    A subject with a single clip differs by nothing from its average: its row is zero.
    """
    pixels = images.reshape(len(images), -1).astype(np.float32)
    owners = np.array(subjects)
    for subject in sorted(set(subjects)):
        pixels[owners == subject] -= pixels[owners == subject].mean(axis=0)
    values, vectors = np.linalg.eigh(pixels.astype(np.float64) @ pixels.T.astype(np.float64))
    count = min(count, int((values > values[-1] * 1e-9).sum()))
    chosen = vectors[:, ::-1][:, :count]
    # The sign of an eigenvector is free: the entry that is largest becomes positive, so that machines agree.
    signs = np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(count)])
    return np.asarray(chosen * signs * np.sqrt(len(images)), dtype=np.float32)


def measure_faces(views: Views) -> Float64:
    """Returns the measures of the captions [N, M] in deviations from their average; NaN where there is none.

    Raises Unsuitable where no clip has landmarks.
    """
    try:
        captioner = fit_captioner(views.landmarks, views.landmark_scheme, views.subjects)
    except NoLandmarks as error:
        raise Unsuitable("needs landmarks") from error
    assert views.landmarks is not None  # otherwise fit_captioner raised
    scores = captioner.score(views.landmarks, views.subjects)
    return scores[:, np.isfinite(scores).any(axis=0)]  # a scheme may lack some measures


def guess_clusters(views: Views, config: Config) -> Int64:
    """Returns the number of the class [N] that the arm `pseudo` guesses for each clip; -100 where it guesses none.

    Raises Unsuitable where no clip has landmarks.
    """
    try:
        written = write_captions(replace(config.captions, arm="pseudo"), views, config.training.seed)
    except NoLandmarks as error:
        raise Unsuitable("needs landmarks") from error
    said: Sequence[str] = written.sentences or ()
    prompts = sorted(set(said) - {""})
    return np.array([prompts.index(one) if one else -100 for one in said], dtype=np.int64)
