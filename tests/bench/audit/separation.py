"""Measures how far copies of a scan and scans of different people lie apart: what the threshold SAME was chosen by.

python -m tests.bench.audit.separation synthetic 60 101
python -m tests.bench.audit.separation ict:blended=../shared/data/ict_facekit_scanlike_60id.npz 60 101

The words are a source of faces, the number of people, and the seed of their identities. Tests use other seeds.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from bench.audit.copies import SAME, _list_near, _turn, find_copies, measure_gap
from bench.audit.fingerprint import draw_print
from smile.sources import open_source, parse_source
from smile.stand_ins.cast import Cast, Program
from tests.bench.audit.spoiling import SPOILT

EVERY = 5  # which clips are copied
THRESHOLDS = (0.15, 0.20, 0.25, 0.30, 0.40)


def measure(source, people, seed):
    """Prints one line a kind of copy: quantiles of the gap, and the share that each threshold finds."""
    clips = open_source(parse_source(source), Cast(people, Program(frames=20), seed)).clips
    rng = np.random.default_rng(seed)
    scans, kinds = [clip.frames[10] for clip in clips], ["scan"] * len(clips)
    for number in range(0, len(clips), EVERY):
        scans += [spoil(scans[number], rng) for spoil in SPOILT.values()]
        scans += [clips[number].frames[11], clips[number].frames[0]]
        kinds += [*SPOILT, "next frame", "first frame"]
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        prints = list(pool.map(draw_print, scans))
    drawn = time.perf_counter()
    print(f"{source}: {len(scans)} prints in {drawn - began:.0f} s")
    subjects, whole = [clip.subject for clip in clips], prints[: len(clips)]
    strangers = [
        measure_gap(whole[a].reliefs[one], _turn(whole[b].reliefs[other], mirrored))
        for a, b, (one, other, mirrored) in _list_near(whole, subjects)
    ]
    print(f"{len(clips)} scans compared in {time.perf_counter() - drawn:.0f} s, {len(strangers)} near pairs laid")
    tell("different people, nearest", strangers)
    extra = [kind for kind in kinds if kind != "scan"]
    for kind in dict.fromkeys(extra):
        gaps = [
            gap_of(whole[EVERY * (at // 7)], prints[len(clips) + at]) for at, one in enumerate(extra) if one == kind
        ]
        tell(kind, gaps)
    assert find_copies(whole, subjects) == [], "a false alarm"


def gap_of(one, other):
    """The gap between two prints; infinite where they are not even near."""
    near = list(_list_near([one, other], ["a", "b"]))
    return min(
        (measure_gap(one.reliefs[a], _turn(other.reliefs[b], mirrored)) for _, _, (a, b, mirrored) in near),
        default=np.inf,
    )


def tell(kind, gaps):
    found = "  ".join(f"<{limit:.2f}: {np.mean(np.array(gaps) < limit):6.1%}" for limit in THRESHOLDS)
    low, middle, high = np.quantile(gaps, (0, 0.5, 0.95), method="nearest")
    print(f"{kind:26} {len(gaps):5} min {low:.3f} median {middle:.3f} 95 % {high:.3f}   {found}")


if __name__ == "__main__":
    print(f"SAME is {SAME}")
    measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
