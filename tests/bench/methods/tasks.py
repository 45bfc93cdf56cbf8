"""Tasks that are made for encoders: pictures of classes, in which something besides the class varies."""

from dataclasses import replace

import numpy as np
import torch
from scipy.ndimage import gaussian_filter, shift

from smile.model.image_tower import to_pixels
from smile.rendering.motion.channels import name_planes
from smile.training.augment import augment

#: Strength of the augmentation: strong enough to hide the classes from an untrained tower.
STRENGTH = 3.5
CLASSES, SIZE = 6, 16

FRAMES = name_planes(["key_depth"], 3)


def show_patterns(make_views, subjects, seed):
    """A pattern a class, each moved, weakened, blurred by noise and half erased."""
    pattern = np.random.default_rng(7).normal(size=(CLASSES, 1, 1, SIZE, SIZE))
    clean = np.repeat(np.clip(128 + 30 * pattern, 0, 255).astype(np.uint8), 2, axis=1)
    views = make_views(subjects=subjects, size=SIZE, seed=seed)
    pixels = to_pixels(torch.from_numpy(clean[np.tile(np.arange(CLASSES), subjects)]))
    seeds = np.stack([np.full(len(views), 100 + seed), np.arange(len(views))], axis=1)
    shown = augment(pixels, STRENGTH, seeds) * 128 + 128
    return replace(views, images=shown.round().clamp(0, 255).to(torch.uint8).numpy())


def show_surfaces(make_views, subjects, seed):
    """A bump a class on a smooth surface, of which most pixels are missing: holes are background, and no points."""
    rng, places = np.random.default_rng(seed), np.array([[4, 4], [4, 11], [8, 8], [11, 4], [11, 11], [8, 2]])
    y, x = np.mgrid[:SIZE, :SIZE]
    bumps = np.exp(-((y - places[:, 0, None, None]) ** 2 + (x - places[:, 1, None, None]) ** 2) / 8)
    views = make_views(subjects=subjects, size=SIZE, seed=seed, planes=("depth",))
    heights = 110 + 50 * bumps[np.tile(np.arange(CLASSES), subjects)][:, None, None]
    heights = heights + 5 * rng.normal(size=(len(views), 2, 1, SIZE, SIZE))
    holes = rng.random(heights.shape) < 0.6
    return replace(views, images=np.where(holes, 0, np.clip(heights, 1, 255)).astype(np.uint8))


def show_courses(make_views, subjects, seed):
    """One pattern that always grows, late, evenly or early, weakly or strongly, on a picture that says nothing."""
    rng, pattern = np.random.default_rng(seed), np.random.default_rng(7).normal(size=(1, SIZE, SIZE))
    courses = np.array([[0, middle, 1] for middle in (0.1, 0.5, 0.9)])
    courses = np.concatenate([courses, 0.4 * courses])[:, None, :, None, None]
    views = make_views(subjects=subjects, size=SIZE, seed=seed, planes=FRAMES)
    stays = rng.normal(size=(len(views), 2, 1, SIZE, SIZE))
    grown = courses[np.tile(np.arange(CLASSES), subjects)] * pattern
    return replace(views, images=np.clip(128 + 30 * stays + 40 * grown, 0, 255).astype(np.uint8))


def show_growths(make_views, subjects, seed):
    """A pattern a class that grows from frame to frame, on a picture that stays and says nothing."""
    rng, pattern = np.random.default_rng(seed), np.random.default_rng(7).normal(size=(CLASSES, 1, 1, SIZE, SIZE))
    views = make_views(subjects=subjects, size=SIZE, seed=seed, planes=FRAMES)
    stays = rng.normal(size=(len(views), 2, 1, SIZE, SIZE))
    grown = np.linspace(0, 1, 3)[:, None, None] * pattern[np.tile(np.arange(CLASSES), subjects)]
    return replace(views, images=np.clip(128 + 30 * stays + 25 * grown, 0, 255).astype(np.uint8))


def show_motions(make_views, subjects, seed):
    """A texture of the clip's own that moves in the direction of its class."""
    rng, angles = np.random.default_rng(seed), 2 * np.pi * np.arange(CLASSES) / CLASSES
    views = make_views(subjects=subjects, size=SIZE, seed=seed, planes=FRAMES)
    images = np.empty((len(views), 2, 3, SIZE, SIZE), dtype=np.uint8)
    for clip, view in np.ndindex(*images.shape[:2]):
        texture = gaussian_filter(rng.normal(size=(SIZE, SIZE)), 1.5, mode="wrap")
        for frame in range(3):
            way = 0.7 * frame * np.array([np.sin(angles[clip % CLASSES]), np.cos(angles[clip % CLASSES])])
            moved = shift(texture, way, order=3, mode="grid-wrap")
            images[clip, view, frame] = np.clip(128 + 60 * moved / texture.std(), 0, 255)
    return replace(views, images=images)


def leak(views):
    """The same views, whose labels, ids, attributes and skipped clips tell something else."""
    labels = views.labels[::-1]
    clips = [
        replace(one, id=f"{one.subject}/{told}", labels=told, attributes={"label": str(told)})
        for one, told in zip(views.clips, labels, strict=True)
    ]
    return replace(views, clips=tuple(clips), skipped=())
