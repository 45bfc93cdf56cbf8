"""A training step beside the plain script that a user would write: PNG files, a DataLoader, view after view, AdamW.

Both train the same FaceText on the same pictures with the same losses and the same kinds of augmentation, ours in
bfloat16 where there is a GPU. What differs is how: the plain script decodes and augments clip by clip in the
DataLoader's workers, passes the views one after the other, moves the weights with torch's default AdamW, and reads
every loss in every step.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample
from torch.optim import AdamW
from torch.utils.data import DataLoader, Dataset
from torch.utils.flop_counter import FlopCounterMode

from bench.speed.row import Row
from bench.speed.timing import interleave
from smile.config import Config, override
from smile.losses.embeddings import Embeddings
from smile.losses.total import weigh_terms
from smile.model.face_text import FaceText
from smile.model.image_tower import to_pixels
from smile.progress import Reporter
from smile.training import augment
from smile.training.batches import Batches, tokenize
from smile.training.forward_pass import carried_out
from smile.training.objective import smile_objective
from smile.training.optimizer import make_optimizer
from smile.training.pretraining import initialise
from smile.training.step import Stepper

CLIPS = 128
#: Name of the case -> settings that differ from the recipe `tiny`.
CASES: dict[str, dict[str, object]] = {
    "augmented": {},
    "as they are": {"training.augmentation": 0.0},
}
LOADERS = 2  # processes of the DataLoader, one a core
TOLERANCE = {"float32": 1e-5, "bfloat16": 2e-2}  # of the loss of one batch, relative
ROUNDS = 5


@dataclass(frozen=True)
class Work:
    """What both train on."""

    config: Config
    images: NDArray[np.uint8]  # [N, 3, 4, H, W]
    captions: list[str]
    folder: Path  # the same pictures as PNG files of four channels

    def model(self) -> FaceText:
        """The same weights at each call."""
        return initialise(self.config, self.images, self.captions).train()


def time_step(reporter: Reporter) -> list[Row]:
    """A row a case; on a machine with a GPU both use it."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        images, captions = draw_faces(CLIPS, 64)
        write_pictures(images, Path(folder))
        for number, (name, changes) in enumerate(CASES.items()):
            reporter("Timing step", number, len(CASES))
            config = override(Config(), {"training.share_every": 0, **changes})
            rows.append(_time_case(name, Work(config, images, captions, Path(folder))))
    reporter("Timing step", len(CASES), len(CASES))
    return rows


def draw_faces(clips: int, size: int) -> tuple[NDArray[np.uint8], list[str]]:
    """Pictures as smooth as motion pictures are, so that PNG files are no larger than they would be, and captions."""
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.normal(128, 40, (clips * 3, 4, 8, 8)))
    smooth = nn.functional.interpolate(coarse, (size, size), mode="bicubic").clamp(0, 255)
    words = ("brows raised", "jaw dropped", "lip corners up", "eyes closed", "nose wrinkled")
    captions = [f"{words[number % 5]}, {words[number % 3]}" for number in range(clips)]
    return smooth.view(clips, 3, 4, size, size).numpy().astype(np.uint8), captions


def write_pictures(images: NDArray[np.uint8], folder: Path) -> None:
    """One file a view."""
    for clip, views in enumerate(images):
        for view, picture in enumerate(views):
            Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)), "RGBA").save(
                folder / f"{clip}_{view}.png"
            )


def _time_case(name: str, work: Work) -> Row:
    with ExitStack() as stack:
        ours, theirs = Ours(work, stack), Plain(work)
        kind = "float32" if ours.stepper.device.type == "cpu" else "bfloat16"
        expected = theirs.loss(ours.batches.rows(0))
        difference = abs(ours.loss() - expected) / abs(expected)
        seconds = interleave({"ours": ours.epoch, "plain": theirs.epoch}, rounds=ROUNDS, seconds=0.5)
        about = ours.describe(seconds)
    return Row(
        stage="step",
        case=f"{work.config.training.batch_size} clips of 3 views at {work.images.shape[-1]} px, {name}",
        ours=CLIPS / seconds["ours"],
        peer=CLIPS / seconds["plain"],
        peer_name="plain script, PNG files",
        unit="clips/s",
        equal=difference < TOLERANCE[kind],
        note=f"{kind}, {torch.get_num_threads()} threads; losses differ by {difference:.0e}; {about}",
    )


class Ours:
    """The project's own steps."""

    def __init__(self, work: Work, stack: ExitStack) -> None:
        model = work.model()
        assert model.tokenizer is not None
        self.batches = Batches(work.images, work.config.training, tokenize(model.tokenizer, work.captions))
        self.objective = smile_objective(work.config.losses)
        self.model = model
        stack.enter_context(carried_out(model, work.config.training))
        self.stepper = Stepper(model, self.objective, self.batches, make_optimizer(model, work.config.training))
        self.done = 0

    def loss(self) -> float:
        """Of the first batch, not augmented."""
        plain = replace(self.batches, settings=override(self.batches.settings, {"augmentation": 0.0}))
        terms = self.objective(self.model, plain.read(0, self.stepper.device))
        return torch.stack(list(terms.values())).sum().item()

    def epoch(self) -> None:
        """As many steps as an epoch has."""
        for _ in range(self.batches.steps_per_epoch):
            self.stepper.take(self.done)
            self.done += 1
        if self.stepper.device.type == "cuda":
            torch.cuda.synchronize()

    def describe(self, seconds: dict[str, float]) -> str:
        """How long a step waits for its batch, and how fast the towers are: over the card's peak, that is MFU."""
        steps = self.batches.steps_per_epoch
        start = time.perf_counter()
        for step in range(steps):
            self.batches.read(step, self.stepper.device)
        waits = time.perf_counter() - start
        with FlopCounterMode(display=False) as counter:
            self.stepper.take(self.done)
        speed = counter.get_total_flops() * steps / seconds["ours"] / 1e12
        return f"{waits / seconds['ours']:.0%} of ours is reading and augmenting; ours: {speed:.3f} TFLOP/s"


class Pictures(Dataset[tuple[Tensor, int]]):
    """A clip from its files, augmented as it comes."""

    def __init__(self, work: Work) -> None:
        self.folder, self.strength = work.folder, work.config.training.augmentation

    def __len__(self) -> int:
        return CLIPS

    def __getitem__(self, number: int) -> tuple[Tensor, int]:
        pixels = self.read(number)
        return (self._augment(pixels) if self.strength else pixels), number

    def read(self, number: int) -> Tensor:
        """The views [V, C, H, W] of a clip as they lie on disk."""
        files = [self.folder / f"{number}_{view}.png" for view in range(3)]
        pictures = [torch.from_numpy(np.array(Image.open(file)).transpose(2, 0, 1)) for file in files]
        return to_pixels(torch.stack(pictures))

    def _augment(self, pixels_VCHW: Tensor) -> Tensor:
        """What smile.training.augment does, with torch's ready functions."""
        views, channels, height, width = pixels_VCHW.shape
        angle, scale, right, down = (2 * torch.rand(4, views) - 1).unbind()
        angle, scale = torch.deg2rad(augment.ROTATION * angle), 1 + augment.SCALE * scale
        rows = [[angle.cos() * scale, -angle.sin() * scale, 2 * augment.SHIFT * right]]
        rows += [[angle.sin() * scale, angle.cos() * scale, 2 * augment.SHIFT * down]]
        matrices = torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)
        grid = affine_grid(matrices, list(pixels_VCHW.shape), align_corners=False)
        placed = grid_sample(pixels_VCHW, grid, padding_mode="border", align_corners=False)
        gain = 1 + augment.GAIN * (2 * torch.rand(1, channels, 1, 1) - 1)
        changed = (placed * gain + torch.randn(placed.shape) * augment.NOISE * torch.rand(1)).clamp(-1, 1)
        for view in changed:
            chance, tall, wide, top, left = torch.rand(5).tolist()
            if chance < augment.ERASE_CHANCE:
                tall, wide = int(augment.ERASE_SIDE * tall * height), int(augment.ERASE_SIDE * wide * width)
                y, x = int(top * (height - tall)), int(left * (width - wide))
                view[:, y : y + tall, x : x + wide] = 0
        return changed


class Plain:
    """The plain script."""

    def __init__(self, work: Work) -> None:
        self.model = work.model()
        assert self.model.tokenizer is not None
        self.sentences, self.settings = tokenize(self.model.tokenizer, work.captions), work.config.training
        self.optimizer = AdamW(self.model.parameters(), lr=self.settings.learning_rate)
        self.pictures = Pictures(work)
        size = self.settings.batch_size
        self.loader: DataLoader[Any] = DataLoader(
            self.pictures, size, shuffle=True, drop_last=True, num_workers=LOADERS, persistent_workers=LOADERS > 0
        )
        self.losses = work.config.losses

    def loss(self, rows: NDArray[np.int64]) -> float:
        """Of the clips in these rows, not augmented."""
        pixels = torch.stack([self.pictures.read(int(row)) for row in rows])
        terms = self._terms(pixels, torch.from_numpy(rows))
        return torch.stack(list(terms.values())).sum().item()

    def epoch(self) -> None:
        """Every clip once."""
        for pixels, numbers in self.loader:
            self.optimizer.zero_grad()
            terms = self._terms(pixels, numbers)
            total = torch.stack(list(terms.values())).sum()
            total.backward()  # type: ignore[no-untyped-call]  # torch gives it no type
            nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.gradient_clip)
            self.optimizer.step()
            [term.item() for term in terms.values()]

    def _terms(self, pixels_BVCHW: Tensor, numbers_B: Tensor) -> dict[str, Tensor]:
        model, device = self.model, self.model.device
        views = [model.image_projection(model.image(view.to(device))) for view in pixels_BVCHW.unbind(dim=1)]
        views_BVD = torch.stack(views, dim=1)
        weights_BV = model.fusion(views_BVD).mean(dim=1)
        face_BD = (weights_BV[:, :, None] * views_BVD).sum(dim=1)
        ids, mask = self.sentences.input_ids[numbers_B], self.sentences.attention_mask[numbers_B]
        text_BD = model.embed_text(ids.to(device), mask.to(device))
        captions = self.sentences.caption_ids[numbers_B].to(device)
        return weigh_terms(Embeddings(views_BVD, face_BD, text_BD, captions, model.scale, model.bias), self.losses)
