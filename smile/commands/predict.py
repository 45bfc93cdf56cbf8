"""python -m smile.run predict: says what faces show, by sentences or by a probe that is fitted on labelled faces."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from smile.data.files import read_text
from smile.data.names import find_repeated
from smile.door import Once, require_file, require_place
from smile.errors import UserError
from smile.progress import Reporter

if TYPE_CHECKING:  # a command imports what it needs only when it acts
    from smile.prediction import Prediction, Predictor
    from smile.prediction.probe import LogisticProbe

_PICTURES = (".png", ".jpg", ".jpeg")  # suffixes that --picture can write
_PROMPTS = 2**20  # most bytes of a file of sentences
_LONGEST = 1000  # most letters of a sentence or class; models read some 77 words, and cut what is longer
_PROMPTS_REMEDY = "name a file with one sentence a line"
PROBE = "probe"  # folder for a fitted probe, in the folder of the model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    what = "a mesh file, or a folder with the frames of a clip; for a model of single scans each mesh is a face"
    add("faces", nargs="*", type=Path, metavar="SCAN", help=what)
    add("--model", type=Path, required=True, metavar="DIR", help="what smile.run train wrote with --out")
    add("--classes", metavar="A,B", help="classes to choose from (default: the six basic expressions)")
    add("--prompts", metavar="A,B", help="sentences to choose from instead, or a file with one a line")
    add("--fit", action=Once, metavar="NAME=DIR", help="fit a probe on this labelled data set first, and use it")
    add("--probe", type=Path, metavar="DIR", help=f"where the probe is kept, or one to use (with --fit: MODEL/{PROBE})")
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="views of --fit (default: %(default)s)")
    add("--picture", type=Path, metavar="FILE", help="also draw what the model saw")
    add("--json", action="store_true", help="print probabilities as JSON")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Prints a line a face; status 2 where no face could be used."""
    from smile.door import MISTAKE
    from smile.sets.loose_scans import find_clips

    _check(options)
    find_clips(options.faces)  # a missing file raises before torch is imported, which takes seconds

    from smile.prediction import Predictor

    predictor = Predictor.from_pretrained(options.model)
    _choose_probe(options, predictor, reporter)
    found = predictor.predict(options.faces, **_ask(options)) if options.faces else []
    if options.picture and any(one.pictures is not None for one in found):
        _draw(predictor, found, options.picture)
    print(json.dumps(_describe(predictor, found), indent=1) if options.json else _tell(predictor, found))
    return MISTAKE if found and not any(one.probabilities for one in found) else 0


def _check(options: argparse.Namespace) -> None:
    """Raises UserError where options do not fit together."""
    if options.picture:
        require_file("--picture", options.picture, _PICTURES, ".png or .jpg")
    if options.fit:
        require_place(options.probe or options.model / PROBE, [options.fit], "--probe")
    if not options.faces and not options.fit:
        raise UserError("name a mesh file or a folder of meshes, or a data set to --fit a probe on")
    if (options.classes or options.prompts) and (options.fit or options.probe):
        raise UserError("a probe has the classes that it was fitted on; leave out --classes and --prompts")


def _choose_probe(options: argparse.Namespace, predictor: Predictor, reporter: Reporter) -> None:
    """Fits and saves a probe for --fit, or loads one for --probe; otherwise the predictor compares sentences."""
    from smile.prediction.probe import load_probe, save_probe

    if options.fit:
        from smile.rendering.cache.cache import load_or_render
        from smile.sources import open_source, parse_source

        views = load_or_render(open_source(parse_source(options.fit)), predictor.rendering, options.cache, reporter)
        place = options.probe or options.model / PROBE
        save_probe(predictor.fit(views), place)
        reporter.say(f"probe kept: {place}")
    elif options.probe:
        predictor.probe = load_probe(options.probe)


def _ask(options: argparse.Namespace) -> dict[str, Sequence[str]]:
    """Returns the arguments of Predictor.predict that the options name."""
    asked: dict[str, Sequence[str]] = {}
    if options.classes is not None:
        asked["classes"] = _require("--classes", options.classes, _split(options.classes))
    if options.prompts is not None:
        said = _read_lines(options.prompts) or _split(options.prompts)
        if len(said) == 1 and Path(said[0]).suffix == ".txt":
            raise UserError(f"--prompts {options.prompts} does not exist or is empty; {_PROMPTS_REMEDY}")
        asked["prompts"] = _require("--prompts", options.prompts, said)
    return asked


def _require(option: str, text: str, names: list[str]) -> list[str]:
    """The names, of which none is there twice: a class under two spellings would share its probability."""
    if not names:
        raise UserError(f"{option} {text!r} names none; leave it out for the six basic expressions")
    if long := [name for name in names if len(name) > _LONGEST]:
        shown = f"{long[0][:40]!r}... has {len(long[0]):,} letters"
        raise UserError(f"{option}: {shown}, and no model reads more than {_LONGEST:,}; name shorter ones")
    if alike := find_repeated(names):
        raise UserError(f"{option} names {' and '.join(map(repr, alike))}, which are one; name each once")
    return names


def _read_lines(name: str) -> list[str]:
    """Returns the lines of the file `name` that are not empty; returns none where there is no such file."""
    file = Path(name)
    try:
        there = file.exists()
    except (OSError, ValueError):  # sentences are no name of a file, and some are too long for one
        there = False
    text = read_text(file, _PROMPTS_REMEDY, _PROMPTS) if there and not file.is_dir() else ""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _draw(predictor: Predictor, found: Sequence[Prediction], file: Path) -> None:
    from smile.atomic import replacing
    from smile.rendering.looking.sheet import contact_sheet

    sheet = contact_sheet(predictor.show(found), subject="")
    with replacing(file) as temporary:
        sheet.save(temporary)


def _describe(predictor: Predictor, found: Sequence[Prediction]) -> dict[str, object]:
    faces = [
        {
            "face": one.id,
            "frames": one.frames,
            "label": one.label,
            "probabilities": one.probabilities,
            "reason": one.reason,
        }
        for one in found
    ]
    return {"by": _name_way(predictor.probe), "trained_on": predictor.model.config.origin, "faces": faces}


def _tell(predictor: Predictor, found: Sequence[Prediction]) -> str:
    """Returns the predictions as a table for people, in percent."""
    from tabulate import tabulate

    names = list(next((one.probabilities for one in found if one.probabilities), {}))
    rows = [
        (one.id, one.frames, one.label, *(f"{100 * one.probabilities[name]:.0f}" for name in names))
        if one.probabilities
        else (one.id, one.frames, "-", *("-" for _ in names))
        for one in found
    ]
    lines = [tabulate(rows, ("face", "frames", "shows", *names), "simple", disable_numparse=True)] if rows else []
    # The reason of an unreadable scan may already begin with the name of the scan.
    lines += [f"{one.id}: {one.reason.removeprefix(f'{one.id}: ')}" for one in found if one.reason]
    return "\n".join([*lines, *(_remark(predictor) if names or not rows else ())])


def _remark(predictor: Predictor) -> list[str]:
    """Returns lines that say how the predictions were made, and warn where model or probe learnt from made faces."""
    origin, lines = predictor.model.config.origin, [f"In percent, by {_name_way(predictor.probe)}."]
    makers = {(origin or {}).get("stand_in", ""), predictor.probe.stand_in if predictor.probe else ""} - {""}
    if makers:
        lines.append(
            f"Learnt from made faces ({', '.join(sorted(makers))}), not from recordings: no more than a demonstration."
        )
    return lines


def _name_way(probe: LogisticProbe | None) -> str:
    if probe is None:
        return "sentences alone (zero-shot)"
    known = "" if probe.accuracy is None else f", {100 * probe.accuracy:.1f} % right on subjects left out"
    return f"a probe fitted on {probe.clips} clips of {probe.data_set}{known}"
