"""The alignment by axes against loops, and what must not change it: missing measures, scale of embeddings, order."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from smile.captions.phrases import STRENGTHS
from smile.losses.axes import AXES, TRUE_FROM, align_axes
from smile.losses.embeddings import Placed

SCALE, BIAS = torch.tensor(6.0, dtype=torch.float64), torch.tensor(-1.5, dtype=torch.float64)
KINDS = sorted(AXES)


def draw(clips: int = 5, views: int = 3, axes: int = 4, width: int = 6, seed: int = 0) -> Placed:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(clips, axes))
    scores[0, 1] = scores[2] = np.nan
    shapes = ((clips, views, width), (clips, width), (clips, width), (2 * axes, width))
    parts = (torch.tensor(rng.normal(size=shape), requires_grad=True) for shape in shapes)
    return Placed(*parts, torch.tensor(scores))


def axes_in_loops(cosines: np.ndarray, score: float, axis: int, axes: int) -> float:
    error = abs(SCALE.item() * (cosines[axes + axis] - cosines[axis]) - score)
    return error**2 / 2 if error < 1 else error - 1 / 2


def phrases_in_loops(cosines: np.ndarray, score: float, axis: int, axes: int) -> float:
    total = 0.0
    for phrase, is_true in ((axis, score <= -TRUE_FROM), (axes + axis, score >= TRUE_FROM)):
        logit = SCALE.item() * cosines[phrase] + BIAS.item()
        total += np.log(1 + np.exp(-logit if is_true else logit))
    return total


def in_loops(clips: Placed, kind: str, per_view: bool) -> float:
    phrases, scores = clips.phrases_PD.detach().numpy(), clips.scores_BM.numpy()
    error = {"axes": axes_in_loops, "phrases": phrases_in_loops}[kind]

    def mean(rows: np.ndarray) -> float:
        found = []
        for row, own in zip(rows, scores, strict=True):
            cosines = [row @ p / np.linalg.norm(row) / np.linalg.norm(p) for p in phrases]
            found += [error(cosines, s, m, len(own)) for m, s in enumerate(own) if np.isfinite(s)]
        return scores.shape[1] * float(np.mean(found))

    views = clips.views_BVD.detach().numpy()
    both = mean(clips.face_BD.detach().numpy()) + mean(clips.text_BD.detach().numpy())
    return both + (np.mean([mean(views[:, v]) for v in range(views.shape[1])]) if per_view else 0)


@pytest.mark.parametrize("per_view", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_formula_in_loops(kind: str, per_view: bool) -> None:
    clips = draw()
    value = align_axes(clips, clips, kind, SCALE, BIAS, per_view)
    assert value.item() == pytest.approx(in_loops(clips, kind, per_view), rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_shares_of_two_halves_add_up_to_the_whole(kind: str) -> None:
    clips = draw(8)
    halves = [
        Placed(clips.views_BVD[rows], clips.face_BD[rows], clips.text_BD[rows], clips.phrases_PD, clips.scores_BM[rows])
        for rows in (slice(0, 3), slice(3, 8))
    ]
    shares = [align_axes(half, clips, kind, SCALE, BIAS, True) for half in halves]
    torch.testing.assert_close(sum(shares), align_axes(clips, clips, kind, SCALE, BIAS, True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_clip_that_was_not_measured_has_no_force_and_others_have_theirs(kind: str) -> None:
    clips = draw()
    faces, texts, views = torch.autograd.grad(
        align_axes(clips, clips, kind, SCALE, BIAS, True), [clips.face_BD, clips.text_BD, clips.views_BVD]
    )
    assert not faces[2].any() and not texts[2].any() and not views[2].any()
    assert faces[[0, 1, 3, 4]].abs().amax(dim=1).min() > 0 and faces.isfinite().all()
    blank = replace(clips, scores_BM=torch.full_like(clips.scores_BM, torch.nan))
    value = align_axes(blank, blank, kind, SCALE, BIAS, True)
    (gradient,) = torch.autograd.grad(value, [clips.face_BD])
    assert value.item() == 0 and not gradient.any()


def test_a_face_at_its_place_has_no_error_and_turned_axes_with_turned_scores_are_the_same() -> None:
    clips = draw()
    unit = torch.nn.functional.normalize
    cosines = unit(clips.face_BD, dim=-1) @ unit(clips.phrases_PD, dim=-1).T
    low, high = cosines.chunk(2, dim=-1)
    there = replace(clips, text_BD=2 * clips.face_BD, scores_BM=(SCALE * (high - low)).detach())
    assert align_axes(there, there, "axes", SCALE).item() == pytest.approx(0, abs=1e-20)
    turned = replace(clips, phrases_PD=clips.phrases_PD.roll(4, dims=0), scores_BM=-clips.scores_BM)
    for kind in KINDS:
        one, other = (align_axes(some, some, kind, SCALE, BIAS, True) for some in (clips, turned))
        torch.testing.assert_close(one, other)


def test_a_phrase_is_true_where_captions_mention_it() -> None:
    assert min(limit for limit, _ in STRENGTHS) == TRUE_FROM
