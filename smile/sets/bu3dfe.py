"""Reads BU-3DFE (Yin et al. 2006): 100 subjects, each with a neutral scan and six expressions at four levels.

Files on disk: `F0001_AN01WH_F3D.wrl`, .bmp and .bnd, in a folder for each subject or all in one. Only cropped scans
(F3D) are read. Raw scans (RAW) use another coordinate frame, which fits neither landmarks nor texture coordinates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from smile.data.disk import ScanFiles, hash_files, no_clips, open_root
from smile.data.face import EXPRESSIONS, Clip, DataSet, Scan, Skipped
from smile.data.formats.bnd import read_bnd, read_indices
from smile.data.formats.vrml import read_vrml
from smile.data.stand_in import name_makers, read_comment, read_marker
from smile.sets.reader import BINGHAMTON, Reader, Release
from smile.sets.single_scans import Found, NamingScheme, choose_scans, probe_text

#: Code in a file name -> expression.
EXPRESSION_OF = {
    "NE": "neutral",
    "AN": "anger",
    "DI": "disgust",
    "FE": "fear",
    "HA": "happiness",
    "SA": "sadness",
    "SU": "surprise",
}
#: Code in a file name -> ancestry, in the words of the release.
ANCESTRY_OF = {
    "AE": "East-Asian",
    "AM": "Middle-East Asian",
    "BL": "Black",
    "IN": "Indian",
    "LA": "Latino",
    "WH": "White",
}

_ON_VERTEX = 1.0  # mm, largest distance of a landmark to its vertex; files round both to a few decimals
_NAME = re.compile(
    rf"(?P<subject>[FM]\d{{4}})_(?P<expression>{'|'.join(EXPRESSION_OF)})(?P<level>0[0-4])"
    rf"(?P<ancestry>{'|'.join(ANCESTRY_OF)})_(?P<kind>(?:F3D|RAW)\.(?:wrl|bnd|bmp|png|jpg))",
    re.IGNORECASE | re.ASCII,
)
_GRAMMAR = (
    f"subject (F0001), expression ({' '.join(EXPRESSION_OF)}), level (00 to 04), ancestry ({' '.join(ANCESTRY_OF)}), "
    "F3D or RAW"
)
_SCAN, _LANDMARKS, _PICTURES = "f3d.wrl", "f3d.bnd", ("f3d.bmp", "f3d.png", "f3d.jpg")
_EXPECTS = (
    "the folder that holds F0001_AN01WH_F3D.wrl and so on (subjects F0001.. and M0001.., "
    "in folders of their own or together)"
)


def read_bu3dfe(root: Path) -> DataSet:
    """Reads the scans below `root`, in any folders, by subject, expression, level, with landmarks where files exist.

    Scans are read later, one by one. Skipped, with a reason: empty files, second copies, scans that exist only in raw
    form, and names with unknown codes. Raises UserError where `root` is no folder or holds no scan.
    """
    top, skipped = open_root(root, "BU-3DFE", _EXPECTS), list[Skipped]()
    makers = read_marker(top)

    def probe(scan: Path) -> None:
        probe_text(scan)
        makers.update(read_comment(scan))

    scans = choose_scans(top, NamingScheme(_NAME, _tell, _SCAN, _GRAMMAR), probe, skipped)
    clips = tuple(_make_clip(found, scan) for found, scan in scans)
    if not clips:
        raise no_clips(f"BU-3DFE: no scans below {root}; give {_EXPECTS}", skipped)
    return DataSet("bu3dfe", "BU-3DFE", clips, tuple(skipped), name_makers(makers))


def check_landmarks(scan: Scan, landmarks: Path) -> str:
    """Compares landmarks with the vertices that their file names; returns what is wrong, or "" where all is well.

    A number without a vertex, or a landmark far from its vertex, means that scan and landmarks do not belong together,
    or that one of them was read wrongly.
    """
    assert scan.landmarks is not None  # the landmark file exists, so its landmarks were read
    indices = read_indices(landmarks)
    if indices.min() < 0 or indices.max() >= len(scan.vertices):
        return f"landmark {int(indices.argmax()) + 1} names vertex {indices.max()} of {len(scan.vertices)}"
    apart = np.linalg.norm(scan.vertices[indices] - scan.landmarks, axis=1)
    worst = int(apart.argmax())
    return "" if apart[worst] <= _ON_VERTEX else f"landmark {worst + 1} is {apart[worst]:.1f} mm from its vertex"


def _tell(words: Mapping[str, str]) -> tuple[str, str]:
    return f"{words['subject']}/{words['expression']}{words['level']}".upper(), words["kind"].lower()


def _make_clip(found: Found, scan: Path) -> Clip:
    subject, code = found.clip_id.split("/")
    marks = found.nearest(_LANDMARKS, scan)
    pictures = [found.nearest(kind, scan) for kind in _PICTURES]
    return Clip(
        id=found.clip_id,
        subject=subject,
        labels=(EXPRESSION_OF[code[:2]],),
        frames=ScanFiles((scan,), (marks,), read_vrml, read_bnd),
        content_key=hash_files(path for path in (scan, marks, *pictures) if path),
        landmark_scheme="bu83" if marks else None,
        attributes={
            "sex": subject[0],
            "ancestry": ANCESTRY_OF[found.words["ancestry"].upper()],
            "level": str(int(code[2:])),
        },
    )


BU3DFE = Reader(
    "BU-3DFE",
    read_bu3dfe,
    _EXPECTS,
    Release(100, 2500, {"neutral": 100} | dict.fromkeys(EXPRESSIONS, 400), BINGHAMTON, "2,500"),
    check_landmarks,
)
