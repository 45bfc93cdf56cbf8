"""Predicts what a face on disk shows: reads, aligns, draws as in training, encodes and compares.

from smile.prediction import Predictor

predictor = Predictor.from_pretrained("runs/tiny")
for face in predictor.predict("scans/"):
    print(face.id, face.label, face.probabilities)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from transformers.utils.logging import disable_progress_bar, enable_progress_bar, is_progress_bar_enabled

from smile.arrays import Float32, UInt8
from smile.atomic import parse_json
from smile.config import Rendering, override
from smile.data.face import EXPRESSIONS, Clip, Facts, name_labels
from smile.data.stand_in import name_makers
from smile.errors import BadFile, UserError
from smile.limits import require_regular
from smile.model.encoding import encode_faces
from smile.model.face_text import FaceText
from smile.prediction.probe import LogisticProbe, fit_probe, softmax
from smile.prediction.zero_shot import banks, embed_classes
from smile.rendering.clip_pictures import render_clip
from smile.rendering.motion.channels import CHANNELS, name_planes, needs_motion
from smile.rendering.raster.cameras import name_views
from smile.rendering.raster.engines import choose_engine
from smile.rendering.views import Views
from smile.sets.loose_scans import find_clips, part_clips, read_loose_scans


@dataclass(frozen=True)
class Prediction:
    """Holds the prediction for one face; where `probabilities` are empty, `reason` says why."""

    id: str  # the file or folder
    frames: int
    probabilities: Mapping[str, float] = field(default_factory=dict)  # class or prompt -> 0 to 1, in the order asked
    reason: str = ""
    pictures: UInt8 | None = field(default=None, repr=False)  # [V, C, H, W], the images that the model saw

    @property
    def label(self) -> str:
        """Returns the most probable class or prompt; "" where there are no probabilities."""
        return max(self.probabilities, key=self.probabilities.__getitem__) if self.probabilities else ""


class Predictor:
    """Predicts with a frozen model: with a `probe` among the classes of the probe, otherwise by sentences."""

    def __init__(self, model: FaceText, probe: LogisticProbe | None = None) -> None:
        self.model, self.probe = model.eval(), probe
        if model.config.rendering is None:
            raise UserError("the model does not say how its images are drawn; train it anew with smile.run train")
        rendering = override(Rendering(), model.config.rendering)
        #: Settings of the training images, with an engine that this machine has.
        self.rendering = replace(rendering, engine=choose_engine(rendering.engine))

    @classmethod
    def from_pretrained(cls, folder: str | Path, probe: LogisticProbe | None = None) -> Predictor:
        """Loads the model that `python -m smile.run train` wrote; raises UserError where there is no such model."""
        _require_ours(Path(folder))
        with _without_bar():
            return cls(FaceText.from_pretrained(folder), probe)

    def predict(
        self,
        places: str | Path | Iterable[str | Path],
        classes: Sequence[str] = EXPRESSIONS,
        prompts: Sequence[str] = (),
    ) -> list[Prediction]:
        """Returns one prediction per face, in order; a face is a mesh file, or a folder of the frames of a clip.

        A model that sees single scans takes each mesh of a folder for a face of its own.

        Without a probe, a class is the mean of its wordings; `prompts`, where given, are compared as they stand, in
        the place of classes. A face that cannot be used has a reason. Raises UserError where a place holds no
        mesh, and where the model does not know the words.
        """
        listed = [places] if isinstance(places, str | Path) else places
        wordings = {prompt: (prompt,) for prompt in prompts} or banks(classes)
        texts_KD = None if self.probe else embed_classes(self.model, wordings)
        clips = find_clips([Path(one) for one in listed])
        clips = clips if self._sees_clips else part_clips(clips)
        return [self._predict(clip, tuple(wordings), texts_KD) for clip in clips]

    def fit(self, views: Views) -> LogisticProbe:
        """Fits a probe to labelled views that were drawn with `self.rendering`, and uses the probe from now on.

        Raises UserError where the views have other channels than the model, and where nothing is seen in them.
        """
        seen = views.rows(views.labelled)
        if seen.images.shape[2:] != (self.model.config.channels, *seen.images.shape[3:]):
            raise UserError(
                f"{views.title}: its images have {seen.images.shape[2]} planes and the model reads "
                f"{self.model.config.channels}; fit the probe on faces of the kind that the model was trained on"
            )
        if (seen.images == seen.images[..., :1, :1]).all():
            raise UserError(
                f"{views.title}: nothing is seen in its images, and the model sees "
                f"{', '.join(self.rendering.channels)}; single scans do not move: fit the probe on clips"
            )
        features, shown = encode_faces(self.model, seen.images).side_by_side, [name_labels(own) for own in seen.labels]
        self.probe = fit_probe(features, shown, seen.subjects, seen.title, seen.stand_in)
        return self.probe

    def show(self, predictions: Sequence[Prediction]) -> Views:
        """Returns the images of predicted faces as views, for a contact sheet that names each row by label and file."""
        usable = [one for one in predictions if one.pictures is not None]
        if not usable:
            raise UserError("no face could be drawn")
        makers = {read_loose_scans(Path(one.id)).stand_in for one in usable} - {""}
        return Views(
            data_set="faces",
            title="Faces",
            stand_in=name_makers(makers),
            clips=tuple(Facts(one.id, "", (f"{one.label}\n{Path(one.id).name[-16:]}",)) for one in usable),
            images=np.stack([one.pictures for one in usable if one.pictures is not None]),
            planes=name_planes(self.rendering.channels, self.rendering.key_frames),
            view_names=name_views(self.rendering),
        )

    @property
    def _sees_clips(self) -> bool:
        """Whether a picture shows more of a clip than one scan; a model without such pictures sees single scans."""
        return any(needs_motion(name) or CHANNELS[name].per_key_frame for name in self.rendering.channels)

    def _predict(self, clip: Clip, names: tuple[str, ...], texts_KD: Float32 | None) -> Prediction:
        frames = len(clip.frames)
        if frames == 1 and all(needs_motion(name) for name in self.rendering.channels):
            shown = ", ".join(self.rendering.channels)
            remedy = "give a folder of the frames of a clip, or a model that was trained on single scans"
            return Prediction(
                clip.id, frames, reason=f"a single scan does not move, and the model sees {shown}; {remedy}"
            )
        try:
            images = render_clip(clip, self.rendering).images
        except UserError as error:
            return Prediction(clip.id, frames, reason=str(error))
        if (images == images[..., :1, :1]).all():
            return Prediction(clip.id, frames, reason="nothing is seen of it; is it a face, in millimetres?")
        codes = encode_faces(self.model, images[None])
        if self.probe:
            names, scores = self.probe.classes, self.probe.predict(codes.side_by_side)[0]
        else:
            assert texts_KD is not None and self.model.scale is not None
            face_D = codes.face_embedding[0]
            cosines_K = texts_KD @ (face_D / np.linalg.norm(face_D))
            scores = softmax(self.model.scale.item() * cosines_K[None])[0]
        return Prediction(clip.id, frames, dict(zip(names, map(float, scores), strict=True)), pictures=images)


def _require_ours(folder: Path) -> None:
    """Raises BadFile where a folder holds no model, or a model that this project did not make."""
    remedy = "name the folder that smile.run train wrote with --out"
    if not (folder / "config.json").is_file():
        raise BadFile(folder, "", "holds no model", remedy)
    try:
        for file in folder.iterdir():  # a pipe in the place of weights would be waited for
            _ = file.is_dir() or require_regular(file)
    except OSError as error:
        raise BadFile(error.filename or folder, "", f"cannot be read: {error.strerror}", remedy) from None
    try:
        kind = parse_json((folder / "config.json").read_bytes())["model_type"]
    except (OSError, ValueError, KeyError, TypeError):
        return  # the file is damaged; the check of the checksums reports it
    if kind != FaceText.config_class.model_type:
        raise BadFile(folder, "", f"holds a model of the type {kind!r}, which reads no faces", remedy)


@contextmanager
def _without_bar() -> Iterator[None]:
    """Hides the progress bar of transformers inside a `with` block: reading the file takes only a moment."""
    shown = is_progress_bar_enabled()
    disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            enable_progress_bar()
