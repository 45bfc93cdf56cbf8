"""Each subject holds to one theory, whose table is the published one."""

import csv

import pytest

from smile.data.face import EXPRESSIONS
from smile.stand_ins.blendshapes import ACTION_UNITS, STILL_UNITS
from smile.stand_ins.performance import Act, Difficulty
from smile.stand_ins.performances.micro import Micro
from smile.stand_ins.performances.script import Style
from smile.stand_ins.performances.theories import Theories
from smile.stand_ins.performances.theory_maps import THEORIES
from tests.places import SHARED

TABLES = SHARED / "performances" / "emotion_maps"
FILE_OF = dict(
    zip(
        THEORIES,
        ["Darwin", "Ekman", "Matsumoto2008", "Cordaro2018ref", "Cordaro2018IPC", "Keltner2019"]
        + [f"JackSchyns_ethn-{culture}_CV" for culture in ("EA", "WC")],
        strict=True,
    )
)


def spread(way: str) -> dict[str, float]:
    """Column of the published tables -> its share, e.g. "4 L20" -> {"4": 1, "20L": 1}."""
    found: dict[str, float] = {}
    for text in way.split():
        name, _, share = text.partition(":")
        unit = name.lstrip("LR")
        sides = name[: -len(unit)] or "LR"
        found |= {f"{unit}{side}": float(share or 1) for side in sides}
    return found


def bare(ways: str) -> set[str]:
    """All units of the ways, without sides and shares."""
    return {text.partition(":")[0].lstrip("LR") for text in ways.replace("|", "").split()}


@pytest.mark.skipif(not TABLES.is_dir(), reason=f"no published tables at {TABLES}")
@pytest.mark.parametrize("theory", THEORIES)
def test_the_table_is_the_published_one(theory: str) -> None:
    header, *rows = csv.reader((TABLES / f"{FILE_OF[theory]}.tsv").read_text().splitlines(), delimiter="\t")
    published = []
    for word, *values in rows:
        held: dict[str, float] = {}
        for name, value in zip(header[1:], map(float, values), strict=True):
            unit = name.removeprefix("AU").lstrip("0")
            if value:
                held |= {unit: value} if unit[-1] in "LR" else {f"{unit}{side}": value for side in "LR"}
        published.append(({"happy": "happiness"}.get(word, word), sorted(held.items())))
    ours = [(label, sorted(spread(way).items())) for label, ways in THEORIES[theory].items() for way in ways.split("|")]
    assert sorted(ours) == sorted(published)


def test_a_single_unit_moves_on_both_sides() -> None:
    for actor in (Theories(), Micro()):
        assert {actor.perform(0, f"F{i}", Act(("AU12",)), 2, Difficulty()).units for i in range(60)} == {("12",)}


def test_every_theory_knows_every_expression_by_units_that_are_known() -> None:
    for ways in THEORIES.values():
        assert tuple(ways) == EXPRESSIONS
        assert {int(unit) for way in ways.values() for unit in bare(way)} <= {*ACTION_UNITS, *STILL_UNITS}


def test_a_subject_holds_to_one_theory_and_adds_only_its_habit() -> None:
    theories = set()
    for subject in (f"F{i:03d}" for i in range(40)):
        manners = set()
        for label in EXPRESSIONS[::3]:
            acted = Theories().perform(0, subject, Act((label,)), 4, Difficulty())
            manners.add(acted.manner)
            known = bare(THEORIES[acted.manner][label])
            assert {unit.lstrip("LR") for unit in acted.units} <= known | {str(Style.of(0, subject).habit)}
            assert acted.units
        assert len(manners) == 1
        theories |= manners
    assert theories == set(THEORIES)
