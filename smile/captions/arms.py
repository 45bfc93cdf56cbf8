"""TABLE ARMS: the sources of the sentences of a pretraining run.

Every arm except `label` gets images, landmarks and subjects only, so no label can reach it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from smile.arrays import Float32, UInt8
from smile.captions.axes import Axes, Said
from smile.captions.clusters import find_classes, guess_classes, reduce_pictures
from smile.captions.geometry import fit_captioner
from smile.captions.phrases import PHRASES, say
from smile.captions.prompts import label_prompts, name_prompt
from smile.config import Captions
from smile.data.landmarks import MEASURES
from smile.rendering.views import Views


@dataclass(frozen=True)
class Faces:
    """Holds the pretraining clips without their labels; row n of every field belongs to the same clip."""

    images: UInt8  # [N, V, C, H, W]
    planes: tuple[str, ...]  # [C] the channel that each plane belongs to
    landmarks: Float32 | None  # [N, 2, L, 3] mm, at onset and apex
    scheme: str | None  # the landmark scheme
    subjects: tuple[str, ...]  # [N] the person of each clip; a person is no label
    classes: tuple[str, ...]  # which classes the data set has, in its release; not which clip shows which


def write_captions(settings: Captions, views: Views, seed: int = 0) -> Said:
    """Says with the arm `settings.arm` what each clip shows; the arm `none` says nothing.

    Raises UserError where the arm needs landmarks and no clip has any.
    """
    if settings.arm == LABEL:
        return Said(tuple(label_prompts(views.labels)))
    classes = find_classes(views.data_set)
    faces = Faces(views.images, views.planes, views.landmarks, views.landmark_scheme, views.subjects, classes)
    return ARMS[settings.arm](faces, settings, seed)


def _describe_motion(faces: Faces, _settings: Captions, _seed: int) -> Said:
    captioner = fit_captioner(faces.landmarks, faces.scheme, faces.subjects)
    assert faces.landmarks is not None  # otherwise fit_captioner raised
    scores = captioner.score(faces.landmarks, faces.subjects)
    return Said(tuple(map(say, scores)), Axes(tuple(PHRASES[name] for name in MEASURES), scores))


def _guess(faces: Faces, settings: Captions, seed: int) -> Said:
    """Says the prompt of each clip's guessed class; an empty sentence where no class could be guessed."""
    guess = GUESSERS.get(settings.pseudo, _ask_pretrained)
    return Said(tuple(name_prompt(name) if name else "" for name in guess(faces, settings, seed)))


def _cluster_motion(faces: Faces, settings: Captions, seed: int) -> list[str]:
    captioner = fit_captioner(faces.landmarks, faces.scheme, faces.subjects)
    assert faces.landmarks is not None
    scores = captioner.score(faces.landmarks, faces.subjects)
    measured = np.isfinite(scores).any(axis=0)  # a scheme may lack some measures
    return guess_classes(scores[:, measured], scores, settings.clusters, seed, faces.classes)


def _cluster_pictures(faces: Faces, settings: Captions, seed: int) -> list[str]:
    captioner = fit_captioner(faces.landmarks, faces.scheme, faces.subjects)
    assert faces.landmarks is not None
    scores = captioner.score(faces.landmarks, faces.subjects)
    return guess_classes(reduce_pictures(faces.images), scores, settings.clusters, seed, faces.classes)


def _ask_pretrained(faces: Faces, settings: Captions, _seed: int) -> list[str]:
    from smile.captions.pretrained import ask_pretrained as ask

    return ask(settings.pseudo, faces.images, faces.planes, faces.classes)


#: Name of the arm -> the function that says what clips show, for all arms that see no labels.
ARMS: dict[str, Callable[[Faces, Captions, int], Said]] = {
    "none": lambda *_: Said(),
    "geometry": _describe_motion,
    "pseudo": _guess,
}

#: The arm that sees labels: a model that it trains is weakly supervised.
LABEL = "label"

#: captions.pseudo -> the function that guesses a class per clip from clusters. Any other word names a pretrained
#: two-tower model, e.g. CLIP.
GUESSERS: dict[str, Callable[[Faces, Captions, int], Sequence[str]]] = {
    "motion": _cluster_motion,
    "pictures": _cluster_pictures,
}
