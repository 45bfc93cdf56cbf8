"""Pretrains a model from images and captions; labels cannot reach it.

Letters in shapes: N clips, V views, C channels, H and W pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from smile.arrays import UInt8
from smile.captions.axes import Axes
from smile.config import Config, to_dict
from smile.digests import digest
from smile.errors import UserError
from smile.losses.axes import AXES
from smile.model.face_text import FaceText, build_face_text
from smile.progress import Say
from smile.training.batches import Batches, tokenize
from smile.training.loop import Report, keep_quiet, say_nothing, train
from smile.training.objective import smile_objective


def initialise(
    config: Config,
    images: UInt8,
    captions: Sequence[str] | None,
    device: str | torch.device | None = None,
    axes: Axes | None = None,
) -> FaceText:
    """Builds the untrained model for images [N, V, C, H, W]; its weights depend on config.training.seed.

    Uses a GPU where the machine has one and no `device` is named. Raises UserError where captions or axes and clips
    differ in number.
    """
    if captions is not None and len(captions) != len(images):
        raise UserError(f"{len(captions)} captions do not fit {len(images)} clips; give one for each")
    used = _find_used(config, axes, len(images))
    words = captions if captions is None or used is None else [*captions, *used.ends]
    torch.manual_seed(config.training.seed)
    model = build_face_text(
        config.model,
        channels=images.shape[2],
        image_size=images.shape[-1],
        captions=words,
        alignment=config.losses.alignment,
        rendering=replace(config.rendering, view_count=images.shape[1]),
    )
    model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    return model


def fit_model(
    model: FaceText,
    config: Config,
    images: UInt8,
    captions: Sequence[str] | None,
    *,
    report: Report = keep_quiet,
    say: Say = say_nothing,
    checkpoint_folder: Path | None = None,
    axes: Axes | None = None,
) -> None:
    """Trains the model that `initialise` made, in place, on the same images, captions and axes."""
    used, sentences = _find_used(config, axes, len(images)), None
    if captions is not None and model.tokenizer is not None:
        sentences = tokenize(model.tokenizer, captions, used)
    batches = Batches(images, config.training, sentences, patches=model.image.patches)
    run = {**to_dict(config), "sentences": digest(captions and list(captions), 64), "axes": used and used.digest()}
    train(
        model,
        smile_objective(config.losses, config.training.share_every),
        batches,
        report=report,
        say=say,
        checkpoint_folder=checkpoint_folder,
        run=run,
    )


def _find_used(config: Config, axes: Axes | None, clips: int) -> Axes | None:
    """Returns the axes if the kind of alignment reads them; raises UserError where they hold other clips."""
    if axes is None or config.losses.alignment.kind not in AXES:
        return None
    if len(axes.scores) != clips:
        raise UserError(f"axes of {len(axes.scores)} clips do not fit {clips} clips; give a row for each")
    return axes


def pretrain(
    config: Config,
    images: UInt8,
    captions: Sequence[str] | None,
    *,
    report: Report = keep_quiet,
    say: Say = say_nothing,
    checkpoint_folder: Path | None = None,
    device: str | torch.device | None = None,
    axes: Axes | None = None,
) -> FaceText:
    """Pretrains SMILE-VLM on uint8 images [N, V, C, H, W] and one caption per clip (None for the arm without text).

    `axes` hold the places of the clips, for an arm that measures them. The `tokenizer` of the model is saved with it.
    """
    model = initialise(config, images, captions, device, axes)
    fit_model(model, config, images, captions, report=report, say=say, checkpoint_folder=checkpoint_folder, axes=axes)
    return model
