"""Watches the health of a run: finds steps whose loss is not finite, and embeddings that collapse.

Letters in shapes: B clips of the joined batch, V views, D embedding width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from smile.errors import UserError
from smile.losses.gather import gather
from smile.model.face_text import FaceText

#: Collapse is reported from this step on: embeddings of pretrained towers begin in a narrow cone.
FIRST_STEP = 50

#: Number of bad measurements in a row before a warning.
IN_A_ROW = 3

#: Measurement -> (whether its value is bad, words for the warning). Runs that learnt kept a uniformity below -1.1 and
#: an effective rank above 6 (1.6 with only three captions); runs that collapsed went to -0.06 and to 1 (docs/log.md).
SIGNS: dict[str, tuple[Callable[[float], bool], str]] = {
    "vitals/effective_rank": (lambda value: value < 1.3, "the embeddings of all faces lie on one line"),
    "vitals/deviation": (lambda value: value < 0.2, "no dimension of the embedding tells faces apart"),
    "vitals/uniformity": (lambda value: value > -0.2, "all faces have nearly the same embedding"),
}

REMEDY = "raise losses.decorrelation.weight or losses.alignment.weight, or lower training.learning_rate"


def measure_vitals(views_BVD: Tensor, face_BD: Tensor) -> dict[str, float]:
    """Measures how much of the joint space a batch fills; returns nothing for one face or numbers that are not finite.

    effective_rank: RankMe (Garrido et al. 2023, eq. 1), from 1 to min(B, D).
    deviation: standard deviation of the normalised embedding, mean over dimensions, times sqrt(D); 0 means collapsed,
    1 means evenly spread in all directions (Chen & He 2021).
    view_distance: mean squared distance between the views of a face (Wang & Isola 2020, section 4.1.1).
    uniformity: of the faces (section 4.1.2); 0 where all faces have the same embedding, negative where they differ.
    """
    views_BVD, face_BD = views_BVD.double().cpu(), face_BD.double().cpu()
    if len(face_BD) < 2 or not (face_BD.isfinite().all() and views_BVD.isfinite().all()):
        return {}
    round_BD, round_BVD = normalize(face_BD, dim=1), normalize(views_BVD, dim=2)
    apart = [(one - two).square().sum(-1).mean() for one, two in combinations(round_BVD.unbind(dim=1), 2)]
    found = {
        "effective_rank": effective_rank(face_BD),
        "deviation": round_BD.std(dim=0).mean() * face_BD.shape[1] ** 0.5,
        "view_distance": torch.stack(apart).mean() if apart else face_BD.new_zeros(()),
        "uniformity": torch.pdist(round_BD).square().mul(-2).exp().mean().log(),
    }
    return {f"vitals/{name}": float(value) for name, value in found.items()}


def effective_rank(rows_BD: Tensor) -> Tensor:
    """Returns the exponential of the entropy of the singular values (RankMe, Garrido et al. 2023, eq. 1)."""
    values = torch.linalg.svdvals(rows_BD)
    shares = values / values.sum().clamp(min=torch.finfo(values.dtype).tiny) + 1e-7
    return torch.exp(-(shares * shares.log()).sum())


class Watch:
    """Reads the embeddings that each FaceText of a model returns, inside a `with` block; does not change them."""

    def __init__(self, model: nn.Module, say: Callable[[str], None]) -> None:
        self.say = say
        self._seen: tuple[Tensor, Tensor] | None = None
        self._bad = dict.fromkeys(SIGNS, 0)
        self._told = set[str]()
        faces = [module for module in model.modules() if isinstance(module, FaceText)]
        self._hooks = [face.register_forward_hook(self._look) for face in faces]

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hook in self._hooks:
            hook.remove()

    def check(self, step: int) -> dict[str, float]:
        """Returns `measure_vitals` of the last pass over all workers.

        Warns once a sign, after IN_A_ROW bad values in a row: also where the run recovers and falls again.
        """
        if self._seen is None:
            return {}
        views_BVD, face_BD = (gather(part) for part in self._seen)
        found = measure_vitals(views_BVD, face_BD)
        for name, (is_bad, words) in SIGNS.items():
            bad = step >= FIRST_STEP and min(face_BD.shape) >= 4 and name in found and is_bad(found[name])
            self._bad[name] = self._bad[name] + 1 if bad else 0
            if self._bad[name] >= IN_A_ROW and name not in self._told:
                self._told.add(name)
                self.say(f"collapse at step {step}: {words} ({name} {found[name]:.3g}); {REMEDY}")
        return found

    def _look(self, _module: nn.Module, _given: Any, output: Any) -> None:
        if torch.is_grad_enabled():
            self._seen = output.view_embeddings.detach(), output.face_embedding.detach()


class Streak:
    """Counts on the device how many steps in a row had a loss or gradient that is not finite."""

    def __init__(self, patience: int, device: torch.device) -> None:
        self.patience, self.device = max(patience, 1), device
        self._row = torch.zeros((), device=device)
        self._longest = torch.zeros((), device=device)
        self._names: list[str] = []
        self._values: Tensor | None = None

    def add(self, sound: Tensor, losses: Mapping[str, Tensor]) -> None:
        """Adds a step; `sound` is a flag on the device."""
        self._row = torch.where(sound, 0, self._row + 1)
        self._longest = torch.maximum(self._longest, self._row)
        values = torch.stack([value.detach().float() for value in losses.values()])
        self._values = values if self._values is None else torch.where(sound, self._values, values)
        self._names = list(losses)

    def check(self, step: int) -> None:
        """Raises UserError after `patience` such steps in a row; on a GPU, looks only every `patience` steps."""
        if self.device.type != "cpu" and (step + 1) % self.patience:
            return
        if self._longest >= self.patience:
            raise UserError(
                f"training diverged: {self.patience} steps in a row, up to step {step}, had a loss or gradient that "
                f"is not finite and were skipped ({self.words()}); the weights are those from before; "
                "lower training.learning_rate or the weight of that term"
            )

    def words(self) -> str:
        """Returns the losses of the last skipped step as text."""
        values = [] if self._values is None else self._values.tolist()
        return ", ".join(f"{name} {value:.4g}" for name, value in zip(self._names, values, strict=False))
