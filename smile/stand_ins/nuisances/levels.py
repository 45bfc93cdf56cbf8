"""TABLE DIFFICULTIES: how much stands between a face and a good scan of it, by the name on the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smile.errors import unknown
from smile.stand_ins.nuisances.profiles import PROFILES, Profile
from smile.stand_ins.performance import Difficulty, Span, generator
from smile.stand_ins.scanner import Scanner


@dataclass(frozen=True)
class Nuisances:
    """Says what makes faces hard to read; the default is nothing. A probability holds for each by itself."""

    profiles: tuple[str, ...] = ()  # keys of PROFILES; a subject is scanned by one of them
    hair: float = 0.0  # probability that a subject has hair in the face
    glasses: float = 0.0  # probability that a subject wears glasses
    hand: float = 0.0  # probability that a hand is in front of the face in a clip
    resolution: float = 1.0  # share of the vertices that is left
    speech: float | None = None  # takes the place of Difficulty.speech
    turn: float | None = None  # takes the place of Difficulty.turn, degrees
    # What is wrong with the landmarks of a clip as a whole, as where they come from a pose that was found without them.
    landmark_turn: Span = (0.0, 0.0)  # degrees
    landmark_scale: Span = (0.0, 0.0)  # share, too large or too small
    landmark_shift: Span = (0.0, 0.0)  # mm

    def stir(self, ranges: Difficulty) -> Difficulty:
        """Returns how performances vary under these nuisances."""
        return replace(
            ranges,
            speech=ranges.speech if self.speech is None else self.speech,
            turn=ranges.turn if self.turn is None else self.turn,
        )


#: Name -> the nuisances.
DIFFICULTIES: dict[str, Nuisances] = {
    "clean": Nuisances(),
    "hard": Nuisances(
        profiles=("structured_light", "stereo"),
        hair=0.35,
        glasses=0.35,
        hand=0.25,
        resolution=0.25,
        speech=1.0,
        turn=20.0,
        landmark_turn=(3.0, 9.0),
        landmark_scale=(0.03, 0.09),
        landmark_shift=(2.0, 6.0),
    ),
}


def find_difficulty(name: str) -> Nuisances:
    """Returns the nuisances of this name; raises UserError on an unknown one."""
    if name not in DIFFICULTIES:
        raise unknown("difficulty", name, DIFFICULTIES)
    return DIFFICULTIES[name]


def choose_profile(nuisances: Nuisances, seed: int, subject: str, usual: Scanner) -> Profile:
    """Returns the kind of scanner that a subject is scanned by; the `usual` scanner where the nuisances name none."""
    if not nuisances.profiles:
        return Profile(usual)
    return PROFILES[nuisances.profiles[int(generator(seed, "profile", subject).integers(len(nuisances.profiles)))]]
