"""Lets encoders see more: beside the training subjects of a protocol, everybody in further data sets, unlabelled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.protocols.plan import Plan
from bench.protocols.protocol import Protocol
from smile.errors import UserError
from smile.rendering.views import OF, Views, join, of_data_set

#: Between the name of a protocol and those of the further data sets, in records: "bu3dfe_p1+bu4dfe".
AND = "+"


@dataclass(frozen=True)
class Widened:
    """Marks the clips that encoders may see: those that the protocol allows, and all clips of further data sets."""

    further: tuple[str, ...]  # keys of data sets
    allowed: Callable[[Views], Sequence[bool]] | None  # of the protocol; None: all

    def __call__(self, views: Views) -> tuple[bool, ...]:
        """Returns for each clip whether encoders may see it; fold and group decide who is left out."""
        allowed = self.allowed(views) if self.allowed else [True] * len(views)
        added = [of_data_set(name) in self.further for name in views.subjects]
        return tuple(bool(one or other) for one, other in zip(allowed, added, strict=True))


def widen(
    protocol: Protocol, plan: Plan, views: Views, tested: Collection[str], further: Sequence[Views]
) -> tuple[Protocol, Plan, Views]:
    """Returns protocol, plan and views with the subjects of further data sets in the pretraining of every encoder.

    Their clips have no labels, so that methods which need labels do not see them. Who is tested, and what teaches the
    probe, stays the same. `tested` are the ids of tested clips. Raises UserError where people are on both sides: a data
    set that is tested too, faces that one maker makes of the same people, or a picture that is tested.
    """
    keys = tuple(part.data_set for part in further)
    for part in further:
        _refuse_overlap(views, part, tested)
    titles = " and ".join(part.title for part in further)
    groups = tuple(
        replace(group, pretraining=(*group.pretraining, *sorted(name for part in further for name in _name(part))))
        for group in plan.groups
    )
    note = "; ".join(filter(None, (plan.note, *(_tell(views, part) for part in further))))
    seen = replace(
        protocol,
        name=AND.join((protocol.name, *keys)),
        title=f"{protocol.title}; encoders also pretrained on {titles}",
        pretrain_on=Widened(keys, protocol.pretrain_on),
    )
    return seen, replace(plan, groups=groups, note=note), _attach(views, further)


def _name(part: Views) -> set[str]:
    return {f"{part.data_set}{OF}{name}" for name in part.subjects}


def _attach(views: Views, further: Sequence[Views]) -> Views:
    """Returns the views with the clips of further data sets behind their own; own names stay as they are."""
    joined = join([views, *(part.relabel([()] * len(part)) for part in further)])
    clips = (*views.clips, *joined.clips[len(views) :])
    facts = {name: getattr(views, name) for name in ("data_set", "title", "stand_in", "skipped", "faults")}
    return replace(joined, clips=clips, **facts)


def _refuse_overlap(views: Views, part: Views, tested: Collection[str]) -> None:
    from smile.stand_ins.makers import MAKERS  # imports compiled code, for which --list must not wait

    told = f"--pretrain {part.data_set}"
    if part.data_set in {views.data_set, *map(of_data_set, views.subjects)}:
        raise UserError(f"{told}: {views.title} is tested, and its encoders see its training subjects already")
    if _list_makers(views) & _list_makers(part) and {_head(views), _head(part)} <= set(MAKERS):
        raise UserError(f"{told}: {part.stand_in} makes the same people as are tested; name faces of another maker")
    seen = _hash_pictures(part)
    same = [
        (clip, seen[picture]) for picture, clip in _hash_pictures(views).items() if clip in tested and picture in seen
    ]
    if same:
        raise UserError(
            f"{told}: {len(same)} tested clip(s) have pictures that stand there too, {same[0][0]} as {same[0][1]}: the "
            "same recording is in both; take it out of one"
        )


def _hash_pictures(views: Views) -> dict[bytes, str]:
    """Returns the hash of each clip's pictures -> the id of the clip."""
    pictures = zip(views.images, views.clip_ids, strict=True)
    return {hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest(): clip for image, clip in pictures}


def _tell(views: Views, part: Views) -> str:
    """Returns how many people encoders see besides, and whether they may be those who are tested."""
    both = _list_makers(views) & _list_makers(part)
    known = (
        f"{' and '.join(sorted(both))} made both: the same people act in both unless they were made with another seed"
        if both
        else "nobody has made sure that no subject is in both" * (not part.stand_in and not views.stand_in)
    )
    told = f"encoders also saw {len(part)} clips of {len(set(part.subjects))} subjects of {part.title}, without labels"
    return f"{told} ({known})" if known else told


def _list_makers(views: Views) -> set[str]:
    """Returns what made the faces of these views, e.g. {"ICT-FaceKit"}; nothing for recordings."""
    return {one.partition(",")[0] for one in views.stand_in.split(" and ") if one}


def _head(views: Views) -> str:
    return views.data_set.partition("-")[0]
