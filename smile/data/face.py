"""What one scan, one clip and one data set are.

The face frame of the whole house: millimetres, +x towards the subject's left, +y up, +z out of the face.
Letters in shapes: V vertices, T triangles, U texture coordinates, L landmarks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from smile.arrays import Float32, Int32

#: The six basic expressions, in the order of every table (Ekman & Friesen 1971).
EXPRESSIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")


def name_labels(labels: tuple[str, ...]) -> str:
    """Labels in words for people, e.g. "Positive and Surprise"; empty where none is known."""
    return " and ".join(labels)


@dataclass(frozen=True)
class Scan:
    """One triangle mesh of a face. Readers guarantee finite vertices and indices in range."""

    vertices: Float32  # [V, 3] mm
    triangles: Int32  # [T, 3] vertex numbers, counter-clockwise seen from outside
    landmarks: Float32 | None = None  # [L, 3] mm, in the order of the clip's landmark scheme
    uv: Float32 | None = None  # [U, 2] in [0, 1], v upwards from the bottom of the picture
    triangles_uv: Int32 | None = None  # [T, 3] numbers into uv
    texture: Path | None = None  # picture file; None where absent
    colours: Float32 | None = None  # [V, 3] red, green, blue in [0, 1] of each vertex, where a format has them
    left_out: str = ""  # what of the file is not used and why, in words for people


@dataclass(frozen=True)
class Facts:
    """What is known of a clip beside its scans and pictures."""

    id: str
    subject: str
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Clip:
    """A sequence of scans of one subject; a static scan is a clip of one.

    `frames` is any picklable sequence that reads frame i when asked for it; it may raise `BadFile`.
    `content_key` names what the frames hold (files: names, sizes and times; generated: every parameter),
    so that equal keys mean equal scans: caches are keyed by it.
    """

    id: str  # unique in its data set and stable, e.g. "F001/Happy"
    subject: str
    labels: tuple[str, ...]  # what it shows: one word of EXPRESSIONS or the data set's own, several in 4DME, () unknown
    frames: Sequence[Scan]
    content_key: str
    fps: float = 25.0
    landmark_scheme: str | None = None  # key of landmarks.SCHEMES; None where there are none
    attributes: Mapping[str, str] = field(default_factory=dict)  # sex, ancestry, age, level, pose ... where known
    action_units: Mapping[str, float] = field(default_factory=dict)  # "12", "L12": strength or 1; uncodable: absent
    onset: int | None = None  # position in `frames` where annotators saw the onset; None: found from geometry
    apex: int | None = None  # and the apex

    @property
    def facts(self) -> Facts:
        """What is known of the clip beside its scans."""
        return Facts(self.id, self.subject, self.labels, self.attributes)


@dataclass(frozen=True)
class Skipped:
    """A clip that could not be used; it is named and counted, never silently dropped."""

    clip_id: str
    reason: str  # which does not repeat the file
    file: str = ""  # or folder that is at fault, where it is known

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.clip_id, self.file, self.reason)))


@dataclass(frozen=True)
class FrameFault:
    """A scan that could not be used in a clip that goes on without it; it is named and counted as well."""

    clip_id: str
    frame: int  # position in the clip's `frames`
    reason: str


@dataclass(frozen=True)
class DataSet:
    """Clips of one data set in a stable order, and what was skipped.

    `stand_in` says what made the faces where they are not the licensed recordings
    ("synthetic", "ICT-FaceKit"); it is empty for real data and shown in every table otherwise.
    """

    name: str  # key of readers.READERS, e.g. "bu4dfe"
    title: str  # as printed, e.g. "BU-4DFE"
    clips: tuple[Clip, ...]
    skipped: tuple[Skipped, ...] = ()
    stand_in: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subject names, sorted, each once."""
        return tuple(sorted({clip.subject for clip in self.clips}))
