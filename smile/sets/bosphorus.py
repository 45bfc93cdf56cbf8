"""Reads Bosphorus (Savran et al. 2008): 105 subjects, 4,666 scans of expressions, action units, poses and occlusions.

Files on disk: `bs000/bs000_E_ANGER_0.bnt`, .png, .lm2 and .lm3. Some scans have no landmarks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from smile.data.disk import ScanFiles, hash_files, no_clips, open_root
from smile.data.face import EXPRESSIONS, Clip, DataSet, Skipped
from smile.data.formats.bnt import read_bnt, read_picture_name
from smile.data.formats.lm import read_lm3
from smile.data.stand_in import name_makers, read_marker
from smile.data.stand_in import read_marked_name as read_mark
from smile.sets.reader import Reader, Release
from smile.sets.single_scans import Found, NamingScheme, choose_scans

#: Name of an emotion in a file name -> expression.
EXPRESSION_OF = {
    "ANGER": "anger",
    "DISGUST": "disgust",
    "FEAR": "fear",
    "HAPPY": "happiness",
    "SADNESS": "sadness",
    "SURPRISE": "surprise",
}
#: Kinds of scans: neutral; emotion; lower, upper, combined action units; yaw, pitch, both; occluded; not coded.
KINDS = ("N", "E", "LFAU", "UFAU", "CAU", "YR", "PR", "CR", "O", "IGN")

_CODED, _POSED = ("LFAU", "UFAU", "CAU"), ("YR", "PR", "CR")
_NAME = re.compile(
    rf"(?P<subject>bs\d{{3}})_(?P<kind>{'|'.join(KINDS)})_(?P<detail>[a-z0-9]+)_(?P<repetition>\d+)"
    r"\.(?P<suffix>bnt|png|lm2|lm3)",
    re.IGNORECASE | re.ASCII,
)
# "12"; "12L" and "12R" for one side; "12LW" for low intensity. Combinations have an A before each unit: "A22A25".
_UNIT = re.compile(r"A?(\d+)(LW|L|R)?")
_UNITS = re.compile(rf"(?:{_UNIT.pattern})+")
_GRAMMAR = f"subject (bs000), kind ({' '.join(KINDS)}), detail, repetition (0), all joined by _"
_EXPECTS = "the folder that holds bs000/bs000_N_N_0.bnt and so on (subjects bs000 to bs104)"


def read_bosphorus(root: Path) -> DataSet:
    """Reads the scans below `root`, in any folders, sorted by subject and name, with landmarks where files exist.

    Scans are read later, one by one. Skipped, with a reason: files whose size contradicts their header, second copies,
    landmarks without a scan, and scans with other names. Raises UserError where `root` is no folder or holds no scan.
    """
    top, skipped = open_root(root, "Bosphorus", _EXPECTS), list[Skipped]()
    makers = read_marker(top)

    def probe(scan: Path) -> None:
        makers.update(read_mark(read_picture_name(scan)))

    scans = choose_scans(top, NamingScheme(_NAME, _tell, "bnt", _GRAMMAR), probe, skipped)
    clips = tuple(_make_clip(found, scan) for found, scan in scans)
    if not clips:
        raise no_clips(f"Bosphorus: no scans below {root}; give {_EXPECTS}", skipped)
    return DataSet("bosphorus", "Bosphorus", clips, tuple(skipped), name_makers(makers))


def read_units(detail: str) -> dict[str, float]:
    """Returns action unit -> 1 from the detail of a scan's name: "12" -> {"12": 1}, "A22A25" -> 22 and 25.

    A unit on one side has the side in front ("L12"). Low intensity counts as 1. Empty where the detail is no unit.
    """
    if not _UNITS.fullmatch(detail):
        return {}
    return {side.replace("LW", "") + number: 1.0 for number, side in _UNIT.findall(detail)}


def _tell(words: Mapping[str, str]) -> tuple[str, str]:
    scan = f"{words['kind']}_{words['detail']}".upper()
    return f"{words['subject'].lower()}/{scan}_{int(words['repetition'])}", words["suffix"].lower()


def _make_clip(found: Found, scan: Path) -> Clip:
    subject, name = found.clip_id.split("/")
    kind, detail, repetition = name.split("_")
    marks, picture = found.nearest("lm3", scan), found.nearest("png", scan)
    attributes = {"kind": kind, "repetition": repetition}
    if kind in _POSED:
        attributes["pose"] = detail
    if kind == "O":
        attributes["occlusion"] = detail
    return Clip(
        id=found.clip_id,
        subject=subject,
        labels=(_name_expression(kind, detail),),
        frames=ScanFiles((scan,), (marks,), read_bnt, read_lm3),
        content_key=hash_files(path for path in (scan, marks, picture) if path),
        landmark_scheme="bosphorus" if marks else None,
        attributes=attributes,
        action_units=read_units(detail) if kind in _CODED else {},
    )


def _name_expression(kind: str, detail: str) -> str:
    if kind == "N":
        return "neutral"
    code = f"{kind}_{detail}"
    return EXPRESSION_OF.get(detail, code) if kind == "E" else code


#: The counts of clips by expression are those of the paper.
BOSPHORUS = Reader(
    "Bosphorus",
    read_bosphorus,
    _EXPECTS,
    Release(
        subjects=105,
        clips=4666,
        expressions=dict(zip(("neutral", *EXPRESSIONS), (299, 71, 69, 70, 106, 66, 71), strict=True)),
        owner="Bogazici University, http://bosphorus.ee.boun.edu.tr",
        scans="4,666",
    ),
)
