"""Defines a scan, a clip and a data set.

All code uses one face frame: millimetres, +x towards the subject's left, +y up, +z out of the face.
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
    """Returns labels as text for people, e.g. "Positive and Surprise"; empty where there is no label."""
    return " and ".join(labels)


@dataclass(frozen=True)
class Scan:
    """Holds one triangle mesh of a face. Readers guarantee finite vertices and valid indices."""

    vertices: Float32  # [V, 3] mm
    triangles: Int32  # [T, 3] vertex numbers, counter-clockwise seen from outside
    landmarks: Float32 | None = None  # [L, 3] mm, in the order of the clip's landmark scheme
    uv: Float32 | None = None  # [U, 2] in [0, 1], v upwards from the bottom of the picture
    triangles_uv: Int32 | None = None  # [T, 3] numbers into uv
    texture: Path | None = None  # picture file; None where absent
    colours: Float32 | None = None  # [V, 3] red, green, blue in [0, 1] of each vertex, where a format has them
    left_out: str = ""  # what of the file is not used and why, in words for people


@dataclass(frozen=True)
class PoseError:
    """Says how far a clip is off the face frame after its pose was found, as where finding it went wrong.

    A point p of the face frame comes to `scale * turn(p) + shift`.
    """

    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)  # rotation vector: its length is the angle, degrees
    scale: float = 1.0
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)  # mm


@dataclass(frozen=True)
class Facts:
    """Holds what is known of a clip, apart from scans and images."""

    id: str
    subject: str
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Clip:
    """Holds a sequence of scans of one subject; a single scan is a clip with one frame.

    `frames` is any picklable sequence that reads frame i when code asks for it; reading may raise BadFile.
    `content_key` identifies what the frames contain: equal keys mean equal scans, and caches rely on this. The key of
    files holds names, sizes and times; the key of generated faces holds every parameter.
    """

    id: str  # unique in its data set, and the same in every run, e.g. "F001/Happy"
    subject: str
    labels: tuple[str, ...]  # a word of EXPRESSIONS or of the data set; several in 4DME; () if unknown
    frames: Sequence[Scan]
    content_key: str
    fps: float = 25.0
    landmark_scheme: str | None = None  # key of landmarks.SCHEMES; None without landmarks
    attributes: Mapping[str, str] = field(default_factory=dict)  # e.g. sex, ancestry, age, level, pose; only known ones
    # "12" or "L12" -> strength, or 1; a unit that could not be coded is absent.
    action_units: Mapping[str, float] = field(default_factory=dict)
    onset: int | None = None  # position in `frames` of the annotated onset; None: geometry decides
    apex: int | None = None  # position in `frames` of the annotated apex; None: geometry decides
    pose_error: PoseError | None = None  # is made on purpose after the pose is found, to see what it costs

    @property
    def facts(self) -> Facts:
        """What is known of the clip, apart from its scans."""
        return Facts(self.id, self.subject, self.labels, self.attributes)


@dataclass(frozen=True)
class Skipped:
    """Names a clip that cannot be used and the reason. No clip is dropped silently: tables name and count it."""

    clip_id: str
    reason: str  # without the name of the file
    file: str = ""  # faulty file or folder, if known

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.clip_id, self.file, self.reason)))


@dataclass(frozen=True)
class FrameFault:
    """Names a scan that cannot be used, while its clip is used without it. Such scans are counted too."""

    clip_id: str
    frame: int  # position in the clip's `frames`
    reason: str


@dataclass(frozen=True)
class DataSet:
    """Holds the clips of one data set in a fixed order, and the clips that were skipped.

    `stand_in` names what generated the faces, e.g. "synthetic" or "ICT-FaceKit", and every table shows the name. For
    licensed recordings, `stand_in` is empty.
    """

    name: str  # key of READERS in smile/sets/readers.py, e.g. "bu4dfe"
    title: str  # as printed, e.g. "BU-4DFE"
    clips: tuple[Clip, ...]
    skipped: tuple[Skipped, ...] = ()
    stand_in: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """Names of the subjects, sorted, each once."""
        return tuple(sorted({clip.subject for clip in self.clips}))
