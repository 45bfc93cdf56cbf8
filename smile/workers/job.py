"""Describes a pretraining run as a small object that any worker can receive, and manages its output folder.

While the run lasts, the folder holds `run/`: checkpoints, the curve, and those images that lie in no cache as they are.
Then it holds the model, its curve and `run.json`, which is written last: a folder without it is not finished.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from smile import provenance
from smile.arrays import UInt8
from smile.atomic import forget_unfinished, naming, read_json, replacing, tell_room, write_json
from smile.captions.axes import Axes
from smile.config import Config, flatten, from_dict, to_dict
from smile.digests import digest
from smile.errors import BadFile, UserError
from smile.locks import hold_lock
from smile.rendering.views import Views
from smile.training import curve
from smile.workers.pictures import find_mapped, mark_images, open_mapped, share_storage

if TYPE_CHECKING:  # whoever only passes a job on, as Ray's controller, need not wait for their imports
    from smile.model.card import Origin
    from smile.model.face_text import FaceText

#: Name of the file that says where a finished model comes from; only a finished model has it.
RECORD = "run.json"

#: Name of the copy of the images in the folder of a run.
IMAGES = "images.npy"


@dataclass(frozen=True)
class Job:
    """Says what to pretrain on which data, and where to write the model; every worker must reach the absolute paths."""

    config: Config
    images: Path  # .npy, uint8 [N, V, C, H, W]
    captions: tuple[str, ...] | None  # one per clip; None for the arm without text
    output: Path  # folder of the finished model
    record: Mapping[str, Any] = field(default_factory=dict)  # content of run.json
    axes: Axes | None = None  # the clips' places between opposite phrases, where the arm measures them
    mark: str = ""  # of the images, as smile/workers/pictures.py makes it; "": any will do

    @classmethod
    def of(cls, config: Config, views: Views, output: Path, command: str = "", apart: bool = False) -> Job:
        """Makes the job of pretraining on these views, with their captions; writes no file.

        Images that map a cache stay there. Where workers are `apart` on other machines, which see `output`, only a
        cache on the same storage will do.
        Raises UserError where the arm of captions needs landmarks and no clip has any, and where no clip gets a
        sentence.
        """
        from smile.captions.arms import write_captions

        said = write_captions(config.captions, views, config.training.seed)
        if said.sentences is not None and not any(caption.strip() for caption in said.sentences):
            raise UserError(
                f"captions.arm={config.captions.arm}: not one of {len(views)} clips gets a sentence; "
                "look at their landmarks or labels, or train without text: captions.arm=none"
            )
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
        record = {
            "id": digest([to_dict(config), said.sentences, said.axes and said.axes.digest(), data["sha256"]]),
            "command": command,
            "commit": provenance.commit(),
            "seed": config.training.seed,
            "device": "",  # see publish
            "data": data,
            "config": to_dict(config),
            "versions": provenance.versions(),
        }
        images = find_mapped(views.images)
        if images is None or (apart and not share_storage(images, output)):
            images = run_folder(output) / IMAGES
        return cls(config, images, said.sentences, output, record, said.axes, mark_images(views.images))

    @property
    def id(self) -> str:
        """Returns the first 16 hexadecimal digits of the SHA-256 of settings, captions, axes and data."""
        return str(self.record["id"])

    def read(self) -> UInt8:
        """Opens the images as a memory map; raises BadFile where this worker cannot read them, or finds others."""
        option = "--out" if self.images.parent == run_folder(self.output) else "--cache"
        remedy = f"every worker must reach this folder: put {option} on shared storage"
        return open_mapped(self.images, self.mark, remedy)

    def is_finished(self) -> bool:
        """Returns whether the folder holds the model of this job; UserError where that is another, or a damaged one."""
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
        from smile.model.checksums import check_folder  # with the towers, which take seconds to import

        try:
            check_folder(self.output)
        except BadFile as error:  # a damaged model is not a finished one
            raise BadFile(error.file, error.place, error.reason, "add --fresh to train it anew") from None
        return True

    @contextmanager
    def working(self, views: Views) -> Iterator[None]:
        """Locks the folder of the run, and writes images that lie nowhere else.

        Raises UserError where another process trains there.
        """
        folder = run_folder(self.output)
        busy = f"{self.output}: another process is training here; wait, or name another --out"
        with hold_lock(folder / "lock", busy):
            for place in (self.output, folder, checkpoints_folder(self.output)):
                forget_unfinished(place)
            if self.images.parent == folder:
                with replacing(self.images) as temporary:
                    np.save(temporary, views.images)
            yield

    def clear(self) -> None:
        """Deletes the run and the record of its model, for --fresh."""
        (self.output / RECORD).unlink(missing_ok=True)
        shutil.rmtree(run_folder(self.output), ignore_errors=True)

    def stage(self, model: FaceText) -> None:
        """Writes the finished model and its curve into the folder of the run."""
        from safetensors import SafetensorError

        shutil.rmtree(self._staged, ignore_errors=True)
        model.config.origin = self._origin().to_dict()
        try:
            with naming(self._staged):
                model.save_pretrained(self._staged)
                shutil.copyfile(run_folder(self.output) / curve.FILE_NAME, self._staged / curve.FILE_NAME)
        except SafetensorError as error:
            remedy = "make room, then the same command goes on"
            room = tell_room(self._staged)
            raise UserError(f"{self._staged}: cannot be written: {error}{room}; {remedy}") from error

    def publish(self) -> None:
        """Copies the staged files and then the record to the output folder, and deletes `run/`."""
        points = curve.read_curve(self._staged / curve.FILE_NAME)
        for file in sorted(self._staged.iterdir()):
            with replacing(self.output / file.name) as temporary:
                shutil.copyfile(file, temporary)
        device = provenance.device()  # imports torch, for which a command that starts workers need not wait
        write_json(self.output / RECORD, {**self.record, "device": device, "last": points[-1] if points else {}})
        shutil.rmtree(run_folder(self.output), ignore_errors=True)

    def _origin(self) -> Origin:
        """Returns the content of the model card."""
        from smile.check.licences import licence_of
        from smile.model.card import Origin

        data = self.record["data"]
        arm, settings = self.config.captions.arm, to_dict(self.config)
        licence = licence_of(data["name"], data["stand_in"])
        return Origin(data["title"], data["stand_in"], licence, data["clips"], data["subjects"], arm, settings)

    @property
    def _staged(self) -> Path:
        return run_folder(self.output) / "finished"


def read_run_record(file: Path) -> dict[str, Any]:
    """Reads `run.json`; raises BadFile where it is damaged."""
    return read_json(file, "train anew with --fresh, or name another --out")


def run_folder(output: Path) -> Path:
    """Returns the folder of images, checkpoints and curve of an unfinished run; a finished run has none."""
    return output / "run"


def checkpoints_folder(output: Path) -> Path:
    """Returns the folder of checkpoints of an unfinished run."""
    return run_folder(output) / "checkpoints"


def _difference(theirs: Mapping[str, Any], job: Job) -> str:
    try:
        found, ours = flatten(from_dict(theirs["config"])), flatten(job.config)
    except (UserError, KeyError, TypeError, AttributeError):
        return "its settings are of another version"
    keys = [key for key in ours if found[key] != ours[key]]
    return f"{', '.join(keys[:5])} differ" if keys else "its data differ"
