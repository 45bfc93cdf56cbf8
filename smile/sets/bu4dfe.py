"""Reads BU-4DFE (Yin et al. 2008): 101 subjects with six posed expressions each, as sequences of textured scans.

Files on disk: `<root>/<ID>/<Expression>/NNN.wrl + NNN.jpg`; landmarks in `BU4DFE_BND_V1.1/<ID>/<Expression>/NNN.bnd`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smile.data.disk import ScanFiles, hash_files, no_clips, open_root, walk
from smile.data.face import EXPRESSIONS, Clip, DataSet, Skipped
from smile.data.formats.bnd import read_bnd
from smile.data.formats.pictures import PICTURES
from smile.data.formats.vrml import read_vrml
from smile.data.stand_in import name_makers, read_comment, read_marker
from smile.sets.reader import BINGHAMTON, Reader, Release

#: Folder name in the release -> expression.
FOLDERS = {
    "Angry": "anger",
    "Disgust": "disgust",
    "Fear": "fear",
    "Happy": "happiness",
    "Sad": "sadness",
    "Surprise": "surprise",
}
#: Name of the landmark package, a tree of folders with the same shape as that of the scans.
LANDMARK_FOLDER = "BU4DFE_BND_V1.1"

_SUBJECT = re.compile(r"[FM]\d{3}", re.IGNORECASE | re.ASCII)
_FRAME = re.compile(r"(\d+)(\.\w+)", re.ASCII)
_PACKAGE = re.compile(r"BU4DFE_BND.*", re.IGNORECASE)
_IGNORED = re.compile(r"BU_WrlViewer.*|\..*", re.IGNORECASE)
_EXPECTS = f"the folder that holds F001/Happy/000.wrl (subjects F001.. and M001.., expressions {', '.join(FOLDERS)})"


@dataclass(frozen=True)
class _ExpressionFolder:
    """Holds the files of one folder `<ID>/<Expression>`: frame number -> file, for each kind of file."""

    path: Path
    scans: dict[int, Path]
    landmarks: dict[int, Path]
    pictures: dict[int, Path]

    @property
    def clip_id(self) -> str:
        name = self.path.name
        return f"{self.path.parent.name.upper()}/{name.capitalize() if name.capitalize() in FOLDERS else name}"

    @property
    def is_known(self) -> bool:
        return self.path.name.capitalize() in FOLDERS

    def skip(self, reason: str) -> Skipped:
        return Skipped(self.clip_id, reason, str(self.path))


def read_bu4dfe(root: Path) -> DataSet:
    """Reads the clips below `root` by subject and expression, with landmarks if their package lies in or beside it.

    Scans are read later, frame by frame. Skipped, with a reason: folders without frames, unknown names, and second
    copies of a clip. Raises UserError where `root` is no folder or holds no clip.
    """
    top, skipped = open_root(root, "BU-4DFE", _EXPECTS), list[Skipped]()
    folders = sorted(_find_folders(top, skipped), key=lambda folder: (folder.clip_id, folder.path))
    landmarks = _find_landmarks(top, folders)
    chosen: list[_ExpressionFolder] = []
    for _, group in itertools.groupby(folders, key=lambda folder: folder.clip_id):
        chosen += _choose(top, list(group), skipped)
    if not chosen:
        raise no_clips(f"BU-4DFE: no scans below {root}; give {_EXPECTS}", skipped)
    clips = tuple(_make_clip(folder, landmarks) for folder in chosen)
    return DataSet("bu4dfe", "BU-4DFE", clips, tuple(skipped), _find_maker(top, chosen))


def _find_folders(top: Path, skipped: list[Skipped]) -> Iterator[_ExpressionFolder]:
    """Yields every expression folder at or below `top`."""
    for folder, names in walk(top, skipped, _IGNORED):
        if _SUBJECT.fullmatch(folder.parent.name):
            yield _sort_files(folder, names)


def _sort_files(folder: Path, names: Iterable[str]) -> _ExpressionFolder:
    """Returns the numbered files of `folder`; of two files with the same number and kind, the first name counts."""
    found = _ExpressionFolder(folder, {}, {}, {})
    kinds = {".wrl": found.scans, ".bnd": found.landmarks} | dict.fromkeys(PICTURES, found.pictures)
    for name in names:
        match = _FRAME.fullmatch(name)
        if match and match[2].lower() in kinds:
            kinds[match[2].lower()].setdefault(int(match[1]), folder / name)
    return found


def _find_landmarks(top: Path, folders: Sequence[_ExpressionFolder]) -> dict[tuple[str, int], Path]:
    """Returns (clip id, frame) -> landmark file, from folders below `top`, or else from a package beside `top`."""
    holders: Sequence[_ExpressionFolder] = [folder for folder in folders if folder.landmarks]
    if not holders:
        beside = sorted(path for path in top.parent.glob("*") if _PACKAGE.fullmatch(path.name) and path.is_dir())
        holders = [folder for package in beside for folder in _find_folders(package, [])]
    return {(holder.clip_id, frame): path for holder in holders for frame, path in holder.landmarks.items()}


def _choose(top: Path, group: Sequence[_ExpressionFolder], skipped: list[Skipped]) -> list[_ExpressionFolder]:
    """Returns the folder to use for one clip, or none; adds the other folders of the clip to `skipped`."""
    filled = [folder for folder in group if folder.scans]
    if not filled:
        empty = [f for f in group if f.is_known and not f.landmarks and not _in_package(f.path.relative_to(top))]
        skipped += [f.skip("no frames (000.wrl ...)") for f in empty[:1]]
        return []
    if not filled[0].is_known:
        skipped.append(filled[0].skip(f"the folder is none of {', '.join(FOLDERS)}"))
        return []
    skipped += [f.skip("second copy") for f in filled[1:]]
    return filled[:1]


def _in_package(path: Path) -> bool:
    return any(_PACKAGE.fullmatch(part) for part in path.parts)


def _make_clip(folder: _ExpressionFolder, landmarks: dict[tuple[str, int], Path]) -> Clip:
    subject, expression = folder.clip_id.split("/")
    frames = sorted(folder.scans)
    files = ScanFiles(
        tuple(folder.scans[frame] for frame in frames),
        tuple(folder.landmarks.get(frame) or landmarks.get((folder.clip_id, frame)) for frame in frames),
        read_vrml,
        read_bnd,
    )
    marks = [path for path in files.landmarks if path]
    pictures = [folder.pictures[frame] for frame in frames if frame in folder.pictures]
    return Clip(
        id=folder.clip_id,
        subject=subject,
        labels=(FOLDERS[expression],),
        frames=files,
        content_key=hash_files([*files.scans, *marks, *pictures]),
        landmark_scheme="bu83" if marks else None,
        attributes={"sex": subject[0]},
    )


def _find_maker(top: Path, folders: Iterable[_ExpressionFolder]) -> str:
    """Returns what generated the faces, from the tree's marker or from the scans; empty for recordings."""
    scans = (folder.scans[min(folder.scans)] for folder in folders)
    return name_makers(read_marker(top).union(*map(read_comment, scans)))


BU4DFE = Reader(
    "BU-4DFE",
    read_bu4dfe,
    _EXPECTS,
    Release(101, 606, dict.fromkeys(EXPRESSIONS, 101), BINGHAMTON, "about 60,600"),
)
