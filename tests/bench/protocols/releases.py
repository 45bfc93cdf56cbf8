"""Whole releases of each data set as views without pictures, and parts of them, for the tests of protocols."""

from bench.protocols.frozen import read_frozen
from smile.data.face import EXPRESSIONS
from smile.rendering.views import join

ORDERS = {name: read_frozen(name).order for name in ("bu3dfe", "bosphorus", "bu4dfe", "bp4d")}


def bu3dfe(make_clips, subjects=ORDERS["bu3dfe"]):
    rows = [(who, "neutral", {"level": "0"}) for who in subjects]
    rows += [(who, what, {"level": str(k)}) for who in subjects for what in EXPRESSIONS for k in range(1, 5)]
    return make_clips("bu3dfe", rows)


def bosphorus(make_clips, subjects=ORDERS["bosphorus"], whole=65):
    rows = []
    for number, who in enumerate(sorted(subjects)):
        shown = EXPRESSIONS if number < whole else EXPRESSIONS[: number % 3]
        rows += [(who, "neutral", {"kind": "N", "repetition": "0"}), (who, "YR_R45", {"kind": "YR", "pose": "R45"})]
        rows += [(who, what, {"kind": "E", "repetition": r}) for what in shown for r in ("0", "1")]
    return make_clips("bosphorus", rows)


def bu4dfe(make_clips, subjects=ORDERS["bu4dfe"]):
    return make_clips("bu4dfe", [(who, what, {}) for who in subjects for what in EXPRESSIONS])


def bp4d(make_clips, subjects=ORDERS["bp4d"]):
    evoked = ("happiness", "sadness", "Surprise", "embarrassment", "fear", "pain", "anger", "disgust")
    return make_clips(
        "bp4d", [(who, what, {"task": f"T{k}"}) for who in subjects for k, what in enumerate(evoked, start=1)]
    )


def fourdme(make_clips, subjects=41):
    kinds = [
        ("Positive",),
        ("Negative",),
        ("Surprise", "Positive"),
        ("Repression",),
        ("Others", "Negative"),
        ("Surprise",),
    ]
    rows = [(f"S{n:02d}", kinds[(n * k) % 6], {"kind": "micro"}) for n in range(subjects) for k in range(1, 8)]
    return make_clips("fourdme", [*rows, *((who, ("Positive",), {"kind": "macro"}) for who in ("S01", "S02"))])


def across(make_clips, teachers=ORDERS["bu4dfe"], tested=ORDERS["bp4d"]):
    return join([bu4dfe(make_clips, teachers), bp4d(make_clips, tested)])


def stills(make_clips, teachers=ORDERS["bu3dfe"], tested=ORDERS["bosphorus"], whole=65):
    return join([bu3dfe(make_clips, teachers), bosphorus(make_clips, tested, whole)])


def made(make_clips, first="synthetic", second="ict", labels=EXPRESSIONS):
    """Two makers of faces with people of the same names; the second shows `labels` alone."""
    people = [f"{sex}{n:03d}" for n in range(1, 11) for sex in "FM"]
    return join(
        [make_clips(key, [(who, what, {}) for who in people for what in shown])
         for key, shown in ((first, (*EXPRESSIONS, "neutral")), (second, labels))]
    )  # fmt: skip
