"""A pretraining run as a small description that can be sent to any worker."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from smile.atomic import replacing
from smile.config import Config, to_dict
from smile.data.captions import write_captions
from smile.errors import BadFile
from smile.rendering.views import Views


@dataclass(frozen=True)
class Job:
    """What to pretrain on what, and where the model goes; all paths are absolute and reached by every worker."""

    config: Config
    images: Path  # .npy, uint8 [N, V, C, H, W]
    captions: tuple[str, ...] | None  # one a clip; None for the arm without text
    output: Path  # folder of the finished model

    @classmethod
    def of(cls, config: Config, views: Views, output: Path) -> Job:
        """Puts the pictures into the run's folder and writes the captions that config.captions.arm asks for.

        Raises UserError where the arm is unknown, or is `geometry` and no clip has landmarks.
        """
        captions = write_captions(config.captions.arm, views.landmarks, views.landmark_scheme, views.expressions)
        output = output.resolve()
        file = run_folder(output) / "images.npy"
        with replacing(file) as temporary:
            np.save(temporary, views.images)
        return cls(config, file, None if captions is None else tuple(captions), output)

    @property
    def id(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the settings, captions and pictures' shape."""
        content = [to_dict(self.config), self.captions, self.read().shape]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    def read(self) -> NDArray[np.uint8]:
        """The pictures as a memory map; raises BadFile where a worker cannot read them."""
        try:
            images: NDArray[np.uint8] = np.load(self.images, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            remedy = "every worker must reach this folder: put --out on shared storage"
            raise BadFile(self.images, "", f"cannot be read: {error}", remedy) from error
        return images


def run_folder(output: Path) -> Path:
    """Where an unfinished run keeps its pictures and checkpoints; gone once the model is written."""
    return output / "run"
