"""A pretraining run as a small description that can be sent to any worker, and the folder that it lives in.

The folder holds `run/` (pictures, checkpoints, curve) while the run lasts, and then the model, its curve and
`run.json`, which is written last: without it nothing counts as done.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError

from smile import provenance
from smile.arrays import UInt8
from smile.atomic import forget_unfinished, naming, read_json, replacing, write_json
from smile.captions.arms import write_captions
from smile.check.licences import licence_of
from smile.config import Config, flatten, from_dict, to_dict
from smile.digests import digest
from smile.errors import BadFile, UserError
from smile.locks import hold_lock
from smile.model.card import Origin
from smile.model.face_text import FaceText
from smile.rendering.views import Views
from smile.training import curve

#: Says where a finished model comes from; its being there says that it is finished.
RECORD = "run.json"


@dataclass(frozen=True)
class Job:
    """What to pretrain on what, and where the model goes; all paths are absolute and reached by every worker."""

    config: Config
    images: Path  # .npy, uint8 [N, V, C, H, W]
    captions: tuple[str, ...] | None  # one a clip; None for the arm without text
    output: Path  # folder of the finished model
    record: Mapping[str, Any] = field(default_factory=dict)  # what run.json is to say

    @classmethod
    def of(cls, config: Config, views: Views, output: Path, command: str = "") -> Job:
        """The job of pretraining on these views; writes nothing yet.

        Raises UserError where the arm is unknown, or is `geometry` and no clip has landmarks.
        """
        captions = write_captions(config.captions, views, config.training.seed)
        data = {
            "name": views.data_set,
            "title": views.title,
            "stand_in": views.stand_in,
            "clips": len(views),
            "subjects": len(set(views.subjects)),
            "skipped": len(views.skipped),
            "sha256": views.content_hash(),
        }
        output = output.resolve()
        kept = None if captions is None else tuple(captions)
        record = {
            "id": digest([to_dict(config), kept, data["sha256"]]),
            "command": command,
            "commit": provenance.commit(),
            "seed": config.training.seed,
            "device": provenance.device(),
            "data": data,
            "config": to_dict(config),
            "versions": provenance.versions(),
        }
        return cls(config, run_folder(output) / "images.npy", kept, output, record)

    @property
    def id(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the settings, captions and data."""
        return str(self.record["id"])

    def read(self) -> UInt8:
        """The pictures as a memory map; raises BadFile where a worker cannot read them."""
        try:
            images: UInt8 = np.load(self.images, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            remedy = "every worker must reach this folder: put --out on shared storage"
            raise BadFile(self.images, "", f"cannot be read: {error}", remedy) from error
        return images

    def is_finished(self) -> bool:
        """Whether the folder holds this job's model; raises UserError where it holds another's."""
        file = self.output / RECORD
        if not file.exists():
            if (self.output / "config.json").exists() and not run_folder(self.output).exists():
                raise UserError(f"{self.output}: holds a model that this command did not make; name another --out")
            return False
        theirs = read_run_record(file)
        if theirs.get("id") != self.id:
            raise UserError(
                f"{self.output}: holds the model of another run: {_difference(theirs, self)}; "
                "name another --out, or add --fresh to replace it"
            )
        return True

    @contextmanager
    def working(self, views: Views) -> Iterator[None]:
        """The run's folder with the pictures in it, for one process at a time; UserError where another is at work."""
        folder = run_folder(self.output)
        busy = f"{self.output}: another process is training here; wait, or name another --out"
        with hold_lock(folder / "lock", busy):
            for place in (self.output, folder, checkpoints_folder(self.output)):
                forget_unfinished(place)
            with replacing(self.images) as temporary:
                np.save(temporary, views.images)
            yield

    def clear(self) -> None:
        """Forgets the run and its model: --fresh."""
        (self.output / RECORD).unlink(missing_ok=True)
        shutil.rmtree(run_folder(self.output), ignore_errors=True)

    def stage(self, model: FaceText) -> None:
        """Writes the finished model and its curve into the run's folder."""
        shutil.rmtree(self._staged, ignore_errors=True)
        model.config.origin = self._origin().to_dict()
        try:
            with naming(self._staged):
                model.save_pretrained(self._staged)
                shutil.copyfile(run_folder(self.output) / curve.FILE_NAME, self._staged / curve.FILE_NAME)
        except SafetensorError as error:
            remedy = "make room, then the same command goes on"
            raise UserError(f"{self._staged}: cannot be written: {error}; {remedy}") from error

    def publish(self) -> None:
        """Puts what was staged, and last the record, into the output folder and drops `run/`."""
        points = curve.read_curve(self._staged / curve.FILE_NAME)
        for file in sorted(self._staged.iterdir()):
            with replacing(self.output / file.name) as temporary:
                shutil.copyfile(file, temporary)
        write_json(self.output / RECORD, {**self.record, "last": points[-1] if points else {}})
        shutil.rmtree(run_folder(self.output), ignore_errors=True)

    def _origin(self) -> Origin:
        """What the model's card says."""
        data = self.record["data"]
        arm, settings = self.config.captions.arm, to_dict(self.config)
        licence = licence_of(data["name"], data["stand_in"])
        return Origin(data["title"], data["stand_in"], licence, data["clips"], data["subjects"], arm, settings)

    @property
    def _staged(self) -> Path:
        return run_folder(self.output) / "finished"


def read_run_record(file: Path) -> dict[str, Any]:
    """What `run.json` says; raises BadFile where it is damaged."""
    return read_json(file, "train anew with --fresh, or name another --out")


def run_folder(output: Path) -> Path:
    """Where an unfinished run keeps its pictures, checkpoints and curve; gone once the model is written."""
    return output / "run"


def checkpoints_folder(output: Path) -> Path:
    """Where an unfinished run keeps its checkpoints."""
    return run_folder(output) / "checkpoints"


def _difference(theirs: Mapping[str, Any], job: Job) -> str:
    try:
        found, ours = flatten(from_dict(theirs["config"])), flatten(job.config)
    except (UserError, KeyError, TypeError, AttributeError):
        return "its settings are of another version"
    keys = [key for key in ours if found[key] != ours[key]]
    return f"{', '.join(keys[:5])} differ" if keys else "its data differ"
