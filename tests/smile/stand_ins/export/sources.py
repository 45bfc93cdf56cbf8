"""The makers of faces that exports are tested with; ICT-FaceKit where it lies beside the repository."""

from functools import cache

import pytest

from smile.stand_ins.export import FORMATS
from smile.stand_ins.ict import read_ict
from smile.stand_ins.synthetic import make_synthetic
from tests.places import SHARED

ICT = SHARED / "ict_facekit_narrow_eyes.npz"
SOURCES = (
    "synthetic",
    pytest.param("ict", marks=pytest.mark.skipif(not ICT.is_file(), reason=f"no ICT-FaceKit at {ICT}")),
)


@cache
def make(source, layout, subjects=1):
    """The data set that a source makes for a format."""
    program = FORMATS[layout].program
    settings = {"difficulty": program.difficulty, "acts": program.acts}
    if source == "ict":
        return read_ict(ICT, subjects, program.frames, **settings)
    return make_synthetic(subjects, program.frames, **settings)


def ignore(done, total):
    pass


def tree(root):
    """Relative name -> content of every file."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
