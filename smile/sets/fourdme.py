"""Reads 4DME (Li et al. 2022): micro-expressions as sequences of meshes, 60 frames per second, with several classes.

Files on disk: numbered meshes below `<sub_ID>/<fold_name>/`, and a workbook of labels. We have not seen the names and
the format of the meshes, so the last number in a name counts as the frame number.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from smile.data.disk import FolderFiles, ScanFiles, hash_files, no_clips, open_root, walk
from smile.data.face import Clip, DataSet, Skipped
from smile.data.names import fold
from smile.data.stand_in import name_makers, read_comment, read_marker
from smile.sets.fourdme_table import RELEASE, RELEASED_ROWS, LabelRow, read_label_rows
from smile.sets.frame_files import MARKS, MESHES, picture_of, read_frame, read_marks
from smile.sets.reader import Reader, Release

#: Frames per second of the 4D recordings.
FPS = 60.0

_EXPECTS = f"the folder that holds S01/001_01_1/0001.obj (sub_ID, fold_name, frames) and {RELEASE}"
_TABLE = re.compile(r"4DME.*label.*\.(xlsx|csv)", re.IGNORECASE)
_FRAME = re.compile(r"(?:.*\D)?(\d{1,9})\D*(\.\w+)", re.ASCII)
_IGNORED = re.compile(r"\..*")


@dataclass(frozen=True)
class _MeshFolder:
    """Holds the numbered meshes of one folder, and the landmarks beside them: frame number -> name."""

    path: Path
    meshes: Mapping[int, str]
    marks: Mapping[int, str]


def read_fourdme(root: Path) -> DataSet:
    """Reads the labelled clips below `root` in the order of their tables, with landmarks that lie beside the meshes.

    A clip has one or several labels. Clips without a row and rows without a clip are skipped, with a reason.
    Raises UserError where `root` is no folder or holds no labelled clip.
    """
    top, skipped = open_root(root, "4DME", _EXPECTS), list[Skipped]()
    folders, tables = _find(top, skipped)
    makers = read_marker(top).union(*(read_comment(f.path / f.meshes[min(f.meshes)]) for f in folders))
    rows: list[tuple[LabelRow, str]] = []
    for table in tables:
        found, faults = read_label_rows(table, recorded=not makers)
        rows += [(row, "macro" if "macro" in table.name.lower() else "micro") for row in found]
        skipped += faults
    clips = _join(top, rows, folders, skipped)
    if not clips:
        lacking = "" if folders else "no meshes; "
        lacking += "" if tables else "no table of labels; "
        raise no_clips(f"4DME: {lacking}no labelled clip below {root}; give {_EXPECTS}", skipped)
    return DataSet("fourdme", "4DME", tuple(clips), tuple(skipped), name_makers(makers))


def _find(top: Path, skipped: list[Skipped]) -> tuple[list[_MeshFolder], list[Path]]:
    """Returns folders with meshes, by path, and tables of labels; of a table in two formats, only the workbook."""
    folders: list[_MeshFolder] = []
    tables: dict[str, Path] = {}
    for path, names in walk(top, skipped, _IGNORED):
        folder = _sort_files(path, names)
        folders += [folder] if folder.meshes else []
        for name in filter(_TABLE.fullmatch, names):
            kept = tables.setdefault(Path(name).stem.lower(), path / name)
            if kept.suffix.lower() == ".csv":
                tables[Path(name).stem.lower()] = path / name
    return sorted(folders, key=lambda folder: folder.path), [tables[stem] for stem in sorted(tables)]


def _sort_files(path: Path, names: Iterable[str]) -> _MeshFolder:
    meshes: dict[int, str] = {}
    marks: dict[int, str] = {}
    kinds = dict.fromkeys(MESHES, meshes) | dict.fromkeys(MARKS, marks)
    for name in names:
        match = _FRAME.fullmatch(name)
        if match and match[2].lower() in kinds:
            kinds[match[2].lower()].setdefault(int(match[1]), name)
    return _MeshFolder(path, meshes, marks)


def _join(
    top: Path, rows: Sequence[tuple[LabelRow, str]], folders: Sequence[_MeshFolder], skipped: list[Skipped]
) -> list[Clip]:
    """Returns a clip for every row that has a folder, in the order of the rows."""
    places: dict[tuple[str, str], int] = {}
    for position, (row, _) in enumerate(rows):
        if places.setdefault(_key(row), position) != position:
            skipped.append(Skipped(_name(row), f"a second row with these labels: data row {row.number}"))
    used: dict[int, _MeshFolder] = {}
    for folder in folders:
        match = _match(folder.path, places)
        if match is None:
            skipped.append(Skipped(str(folder.path.relative_to(top)), "no row of labels", str(folder.path)))
        elif used.setdefault(match, folder) is not folder:
            skipped.append(Skipped(_name(rows[match][0]), "second copy", str(folder.path)))
    lost = [position for position in sorted(places.values()) if position not in used]
    skipped += [Skipped(_name(rows[position][0]), "no folder with numbered meshes") for position in lost]
    return [_make_clip(*rows[position], used[position], skipped) for position in sorted(used)]


def _match(path: Path, places: Mapping[tuple[str, str], int]) -> int | None:
    """The row of the nearest folder that is called fold_name below sub_ID, or sub_ID_fold_name."""
    parts = [fold(part) for part in path.parts]
    for depth in reversed(range(len(parts))):
        for above in reversed(parts[:depth]):
            if (above, parts[depth]) in places:
                return places[above, parts[depth]]
        cuts = (cut for cut, letter in enumerate(parts[depth]) if letter == "_")
        for key in ((parts[depth][:cut], parts[depth][cut + 1 :]) for cut in cuts):
            if key in places:
                return places[key]
    return None


def _key(row: LabelRow) -> tuple[str, str]:
    return fold(row.folder), fold(row.clip)


def _name(row: LabelRow) -> str:
    return f"{row.folder}/{row.clip}"


def _make_clip(row: LabelRow, kind: str, folder: _MeshFolder, skipped: list[Skipped]) -> Clip:
    numbers = sorted(folder.meshes)
    scans = FolderFiles(folder.path, tuple(folder.meshes[number] for number in numbers))
    marks = tuple(folder.path / folder.marks[n] if n in folder.marks else None for n in numbers)
    pictures = [picture for picture in map(picture_of, scans) if picture]
    onset, apex, fault = _locate(row, numbers)
    if fault:
        reason = f"{fault}; the apex is found from geometry"
        skipped.append(Skipped(f"{_name(row)} (key frames)", reason, str(folder.path)))
    return Clip(
        id=_name(row),
        subject=row.subject,
        labels=row.labels,
        frames=ScanFiles(scans, marks, read_frame, read_marks),
        content_key=hash_files([*scans, *(mark for mark in marks if mark), *pictures]),
        fps=FPS,
        landmark_scheme="bu83" if any(marks) else None,
        attributes={"kind": kind} | ({"repair": row.repairs} if row.repairs else {}),
        action_units=row.action_units,
        onset=onset,
        apex=apex,
    )


def _locate(row: LabelRow, numbers: Sequence[int]) -> tuple[int | None, int | None, str]:
    """Returns (position of the onset, position of the apex, fault) in frames with these numbers.

    Frames usually carry the numbers of the recording. If they do not cover onset to offset, but are as many frames as
    from onset to offset, they are taken as this part, numbered anew.
    """
    if row.onset is None or row.apex is None or row.offset is None:
        return None, None, "onset, apex or offset is missing"
    if not row.onset <= row.apex <= row.offset:
        return None, None, f"the apex {row.apex} is not between onset {row.onset} and offset {row.offset}"
    if numbers[0] <= row.onset and row.offset <= numbers[-1]:
        return _nearest(numbers, row.onset), _nearest(numbers, row.apex), ""
    if len(numbers) == row.offset - row.onset + 1:
        return 0, row.apex - row.onset, ""
    return None, None, f"frames {row.onset} to {row.offset} are not among the frames {numbers[0]} to {numbers[-1]}"


def _nearest(numbers: Sequence[int], wanted: int) -> int:
    """Returns the position of the number closest to `wanted`, which lies between the first and the last."""
    after = bisect.bisect_left(numbers, wanted)
    return after if numbers[after] - wanted <= wanted - numbers[max(after - 1, 0)] else after - 1


#: The paper counts micro-expressions only, so `counts` leaves out macro-expressions.
FOURDME = Reader(
    "4DME",
    read_fourdme,
    _EXPECTS,
    Release(
        subjects=41,
        clips=RELEASED_ROWS,
        expressions={},
        owner="University of Oulu, "
        "https://6gflagship.com/publications/4dme-a-spontaneous-4d-micro-expression-dataset-with-multimodalities",
        counts=lambda clip: clip.attributes.get("kind") != "macro",
    ),
)
