"""Makes batches: says which clips a step uses on which worker, and reads and augments them.

Letters in shapes: N clips of the run, B clips of a worker's batch, V views, C channels, H and W pixels, L tokens,
M axes between two phrases, P = 2 M phrases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from smile.arrays import Int64, UInt8
from smile.captions.axes import Axes
from smile.config import Training
from smile.errors import UserError
from smile.losses.gather import worker_count, worker_rank
from smile.model.image_tower import to_pixels
from smile.model.patches import Patches
from smile.rendering.views import gather_rows
from smile.training.augment import augment
from smile.training.length import count_steps
from smile.training.token_bound import TokenBound

#: Fraction of the free memory of a device that the images may take; the model needs the rest.
RESIDENT = 0.25


@dataclass(frozen=True)
class Phrases:
    """Holds the phrases at the ends of the axes as tokens, and the place of each clip on the axes."""

    input_ids: Tensor  # int64 [P, L], all low ends, then all high ends
    attention_mask: Tensor  # int64 [P, L]
    scores: Tensor  # float32 [N, M], or [B, M] in a batch; NaN: not measured


@dataclass(frozen=True)
class Sentences:
    """Holds the captions of all clips as tokens; row n belongs to clip n."""

    input_ids: Tensor  # int64 [N, L]
    attention_mask: Tensor  # int64 [N, L]
    caption_ids: Tensor  # int64 [N]: equal captions have the same number; -1: empty caption
    axes: Phrases | None = None  # None where nothing is fitted to axes


@dataclass(frozen=True)
class Batch:
    """Holds one worker's share of a step, on the model's device; a field that the run does not have is None."""

    pixels: Tensor  # float32 [B, V, C, H, W], augmented
    twin_pixels: Tensor | None  # the same clips, augmented a second time
    input_ids: Tensor | None  # [B, L]
    attention_mask: Tensor | None  # [B, L]
    caption_ids: Tensor | None  # [B]
    labels: Tensor | None  # int64 [B], or targets [B, K] of a regression; only a run that is taught by numbers has any
    step: int  # number of the step in the run
    axes: Phrases | None = None
    token_bound: Int64 | None = None  # [B] upper bound on the image tokens of each clip, where background is left out
    twin_token_bound: Int64 | None = None  # [B] the same for `twin_pixels`


def tokenize(tokenizer: PreTrainedTokenizerBase, captions: Sequence[str], axes: Axes | None = None) -> Sentences:
    """Returns the tokens of one caption per clip, padded to the longest caption, and those of the axes' phrases."""
    numbers = {text: number for number, text in enumerate(sorted({c for c in captions if c.strip()}))}
    tokens = tokenizer(list(captions), padding=True, truncation=True, return_tensors="pt")
    caption_ids = torch.tensor([numbers.get(text, -1) for text in captions])
    return Sentences(tokens["input_ids"], tokens["attention_mask"], caption_ids, _tokenize_ends(tokenizer, axes))


def _tokenize_ends(tokenizer: PreTrainedTokenizerBase, axes: Axes | None) -> Phrases | None:
    if axes is None:
        return None
    tokens = tokenizer(axes.ends, padding=True, truncation=True, return_tensors="pt")
    return Phrases(tokens["input_ids"], tokens["attention_mask"], torch.tensor(axes.scores, dtype=torch.float32))


@dataclass(frozen=True)
class Batches:
    """Gives the batches of a run; a batch depends on its step alone, so a resumed run continues with the same ones."""

    images: UInt8  # [N, V, C, H, W], may be a memory map
    settings: Training
    sentences: Sentences | None = None
    labels: Tensor | None = None  # int64 [N], or targets [N, K] of a regression
    twins: bool = False  # whether each clip is augmented a second time
    patches: Patches | None = None  # of a model that leaves out background; augmentation then keeps it

    def __post_init__(self) -> None:
        if not len(self.images):
            raise UserError("there is no clip to train on; look at what the reader skipped")
        if self._per_step % worker_count():
            raise UserError(
                f"{self._per_step} clips a step cannot be shared by {worker_count()} workers; "
                f"set training.batch_size to a multiple of {worker_count()}"
            )

    @property
    def steps(self) -> int:
        """Returns the number of steps of the whole run."""
        return count_steps(self.settings, len(self.images))

    @property
    def steps_per_epoch(self) -> int:
        """Returns the number of full batches in an epoch; drops an incomplete last batch, unless it is the only one."""
        return len(self.images) // self._per_step

    def rows(self, step: int) -> Int64:
        """Returns the row numbers of a step's joined batch: the next part of the epoch's permutation of all clips."""
        epoch, place = divmod(step, self.steps_per_epoch)
        order = np.random.default_rng([self.settings.seed, epoch]).permutation(len(self.images))
        return order[place * self._per_step :][: self._per_step]

    def read(self, step: int, device: torch.device) -> Batch:
        """Reads this worker's share of a step: the joined batch is cut evenly, in order of rank."""
        rows = self.rows(step)
        share = len(rows) // worker_count()
        first = worker_rank() * share
        own = rows[first : first + share]
        pixels = to_pixels(self._take(own, device))
        index, text = torch.from_numpy(own), self.sentences

        def pick(values: Tensor | None) -> Tensor | None:
            return None if values is None else values[index].to(device, non_blocking=True)

        def changed(copy: int) -> tuple[Tensor, Int64 | None]:
            places = np.arange(first, first + share)
            seeds = np.stack(np.broadcast_arrays(self.settings.seed, step, copy, places), axis=1)
            background = None if self.patches is None else self.patches.values
            # On a CPU the model can count tokens without waiting; on a GPU it would wait for the device.
            known = None if device.type == "cpu" else self._token_bound
            token_bound = None if known is None else known.bound(own, seeds)
            return augment(pixels, self.settings.augmentation, seeds, background), token_bound

        (once, token_bound), (twice, twin_token_bound) = changed(0), changed(1) if self.twins else (None, None)
        return Batch(
            pixels=once,
            twin_pixels=twice,
            input_ids=None if text is None else pick(text.input_ids),
            attention_mask=None if text is None else pick(text.attention_mask),
            caption_ids=None if text is None else pick(text.caption_ids),
            labels=pick(self.labels),
            step=step,
            axes=None if text is None or text.axes is None else self._place(text.axes, index, device),
            token_bound=token_bound,
            twin_token_bound=twin_token_bound,
        )

    @staticmethod
    def _place(axes: Phrases, rows: Tensor, device: torch.device) -> Phrases:
        """Returns the phrases and the scores of these clips on the device."""
        own = (axes.input_ids, axes.attention_mask, axes.scores[rows])
        return Phrases(*(part.to(device, non_blocking=True) for part in own))

    def _take(self, rows: Int64, device: torch.device) -> Tensor:
        """Returns the uint8 images of these rows on the device."""
        if (kept := self._kept(device)) is not None:
            return kept[torch.from_numpy(rows).to(device, non_blocking=True)]
        if device.type == "cpu":
            return self._gather(rows, self._buffer[: len(rows)])
        # Torch does not reuse pinned memory before the copy to the device is complete.
        pinned = torch.empty((len(rows), *self.images.shape[1:]), dtype=torch.uint8, pin_memory=True)
        return self._gather(rows, pinned).to(device, non_blocking=True)

    def _gather(self, rows: Int64, out: Tensor) -> Tensor:
        gather_rows(self.images, rows, out.numpy())
        return out

    def _kept(self, device: torch.device) -> Tensor | None:
        """Returns all images on a device that has room for them; None without room, and on a CPU, which has them."""
        if device not in self._resident:
            free = 0 if device.type == "cpu" else torch.cuda.mem_get_info(device)[0]
            self._resident[device] = keep_on(self.images, device, free)
        return self._resident[device]

    @cached_property
    def _token_bound(self) -> TokenBound | None:
        """Returns the bound for images of the tower's size; None for others: there the model counts seen patches."""
        if self.patches is None or self.images.shape[-2:] != self.patches.size:
            return None
        return TokenBound(self.images, self.patches, self.settings.augmentation)

    @cached_property
    def _buffer(self) -> Tensor:
        """Holds the bytes of a batch until they are converted to pixels."""
        return torch.empty((self._per_step, *self.images.shape[1:]), dtype=torch.uint8)

    @cached_property
    def _resident(self) -> dict[torch.device, Tensor | None]:
        return {}

    @property
    def _per_step(self) -> int:
        return min(self.settings.batch_size, len(self.images))


def keep_on(images: UInt8, device: torch.device, free: int) -> Tensor | None:
    """Copies all images to a device with `free` bytes, so that steps read nothing from the host; None if too many."""
    if images.nbytes > RESIDENT * free:
        return None
    return torch.from_numpy(np.array(images)).to(device)
