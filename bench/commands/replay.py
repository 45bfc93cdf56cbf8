"""python -m bench.run replay RECORD: computes a record again, and says that it is the same, or what differs and why."""

from __future__ import annotations

import argparse
import io
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import asdict, replace
from pathlib import Path

from bench.answer import Findings
from bench.data_sets import open_options
from bench.measuring import Order, measure, plan_campaigns
from bench.methods import METHODS
from bench.protocols import PROTOCOLS
from bench.protocols.pretraining import AND
from bench.record import Record, Setting, read_record
from bench.suites import choose_probes, choose_suite
from bench.suites.choosing import find_data_set
from bench.tables.cells import name_metric, percent, say_reason
from smile.atomic import temporary_folder
from smile.config import dotted
from smile.errors import UserError
from smile.progress import Reporter

#: Fact of a setting -> what it means where it differs.
_REASONS = {
    "data_hash": "the faces: other files, other settings of drawing, or other code that draws",
    "folds_hash": "who is tested and who pretrains",
    "source_hash": "the code that measures",
    "protocol_hash": "the tested subjects",
}
_NUMBER_OF_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add("record", type=Path, metavar="RECORD", help="one JSON file below records/ of a results folder")
    about = "where the data lie now (default: as in the command of the record); may be repeated"
    add("--data", action="append", default=[], metavar="NAME=DIR", help=about)
    about = "the same for data sets that encoders saw as well"
    add("--pretrain", action="append", default=[], metavar="NAME=DIR", help=about)
    add("--cache", type=Path, default=Path("cache"), metavar="DIR", help="rendered views (default: %(default)s)")
    add("--workers", type=int, metavar="N", help="threads that render (default: one a core)")


def act(options: argparse.Namespace, reporter: Reporter) -> int:
    """Measures in a temporary folder; returns 0 where the result is the same, and 1 where it differs.

    Raises UserError where the record cannot be computed again: data, method or setting are gone.
    """
    from smile.door import require_worker

    require_worker(options.workers)
    old = read_record(options.record)
    with temporary_folder("smile-replay-") as folder:
        order = repeat_order(old, options, folder)
        measured, _ = measure(order, plan_campaigns(order), reporter)
    records = [one for own in measured.values() for one in own]
    new = next((one for one in records if one.method == old.method and _place(one) == _place(old)), None)
    if new is None:
        found = ", ".join(sorted({one.setting.protocol for one in records}))
        raise UserError(f"{options.record}: {old.setting.protocol} cannot be played on these data, only {found}")
    print("\n".join(_tell(options.record, old, new)))
    return 1 if list_differences(old, new) else 0


def repeat_order(record: Record, options: argparse.Namespace, out: Path) -> Order:
    """Returns the order that measures the cell of a record again; `options.read` reads the command of the record.

    Raises UserError where suite, method, protocol or setting are not known any more.
    """
    typed = _read_command(record, options)  # also finds methods and models of the user's own
    setting, protocol = record.setting, record.setting.protocol.removesuffix("_reduced").partition(AND)[0]
    if record.method not in METHODS or protocol not in PROTOCOLS:
        raise UserError(f"{options.record}: there is no method {record.method} or no protocol {protocol} any more")
    suite = choose_probes(choose_suite(setting.suite), (setting.probe,), (setting.condition,))
    wanted = PROTOCOLS[protocol].data_sets or (setting.data_set,)
    return replace(
        typed,
        suites=(replace(suite, methods=(record.method,), settings={}),),
        out=out,
        data=_pick(wanted, options.data or typed.data),
        pretrain=tuple(options.pretrain) or typed.pretrain,
        protocols=(protocol,),
        seeds=(setting.seed,),
        changes=dotted(setting.config),
        cache=options.cache,
        workers=options.workers,
    )


def _read_command(record: Record, options: argparse.Namespace) -> Order:
    """Returns what the command of a record orders; UserError where it is none that measures, or of another version."""
    read: Callable[[Sequence[str]], Order] = options.read
    made_by = f"{options.record}: made by {record.command[:200]!r}, which"
    try:
        words = shlex.split(record.command)
    except ValueError:  # quotes that do not end
        words = []
    if words[:3] != ["python", "-m", "bench.run"] or "".join(words[3:4])[:1] not in ("", "-"):
        raise UserError(f"{made_by} is no command of bench.run that measures")
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return read(words[3:])
    except SystemExit:  # of argparse, which has said why
        reason = said.getvalue().strip().rpartition("error: ")[2]
        raise UserError(f"{made_by} this version does not understand: {reason}") from None


def _pick(wanted: Sequence[str], options: Sequence[str]) -> tuple[str, ...]:
    """Returns the --data options that a protocol needs: the record was measured beside others."""
    keys = {source.key: option for source, option in zip(open_options(options), options or ("",), strict=True)}
    found = {key: key if key in keys else find_data_set(key, list(keys)) for key in wanted}
    for key, there in found.items():
        if not there:
            raise UserError(f"the record was measured on {key}; say where that lies now: --data {key}=DIR")
    return tuple(filter(None, (keys[key] for key in found.values())))


def list_differences(old: Record, new: Record) -> list[str]:
    """Returns what differs between two results of one cell: scores, predictions, or a reason in their place."""
    if not (old.metrics and new.metrics):
        told = [say_reason(one) or "a result" for one in (old, new)]
        return [] if told[0] == told[1] else [f"result: {told[0]} | {told[1]}"]
    lines = [
        f"{name_metric(old, name)}: {_percent(old, name)} | {_percent(new, name)}"
        for name in dict.fromkeys((*old.metrics, *new.metrics))
        if old.metrics.get(name) != new.metrics.get(name)
    ]
    changed = _list_changed(old.findings, new.findings)
    return lines + ([f"clips with other predictions: {len(changed)}, e.g. {changed[0]}"] if changed else [])


def list_causes(old: Record, new: Record) -> list[str]:
    """Returns what decides or explains a result and is not what it was: setting, code, versions, device."""
    lines = [
        f"{key}: {one} | {other}" + (f" ({_REASONS[key]})" if key in _REASONS else "")
        for key, (one, other) in _differ(_list_facts(old.setting), _list_facts(new.setting)).items()
    ]
    if not lines and old.identity != new.identity:
        lines = ["identity: the code, settings or weights of the method"]
    lines += [f"version of {key}: {one} | {other}" for key, (one, other) in _differ(old.versions, new.versions).items()]
    facts = ({"commit": one.commit, "device": one.device} for one in (old, new))
    return lines + [f"{key}: {one} | {other}" for key, (one, other) in _differ(*facts).items()]


def _tell(path: Path, old: Record, new: Record) -> Iterator[str]:
    differences, causes = list_differences(old, new), list_causes(old, new)
    yield (
        f"{path}: {'differs' if differences else 'the same'}, old | new"
        if causes or differences
        else f"{path}: the same"
    )
    yield from (f"  {line}" for line in differences)
    if causes:
        yield "  what is not as it was:"
        yield from (f"    {line}" for line in causes)
    elif differences:
        threads = ", ".join(f"{name}={os.environ.get(name, 'not set')}" for name in _NUMBER_OF_THREADS)
        yield f"  nothing that a record keeps is another. The number of threads, which it does not keep: {threads}"


def _place(record: Record) -> tuple[str, ...]:
    setting = record.setting
    return setting.data_set, setting.protocol.removesuffix("_reduced"), setting.condition, setting.probe


def _percent(record: Record, metric: str) -> str:
    return percent(record.metrics[metric].value) if metric in record.metrics else "nothing"


def _list_changed(old: Findings, new: Findings) -> list[str]:
    """Returns the ids of clips with other predictions, and the subjects with other counts where there is no list."""
    before, after = ({one.clip: set[object]() for one in part.answers} for part in (old, new))
    for known, part in ((before, old), (after, new)):
        for one in part.answers:
            known[one.clip].add((one.truth, one.predicted, one.times))
    clips = [clip for clip in dict.fromkeys((*before, *after)) if before.get(clip) != after.get(clip)]
    return clips or ([] if old.tallies == new.tallies else ["counts of subjects"])


def _list_facts(setting: Setting) -> dict[str, object]:
    return dotted(asdict(setting))


def _differ(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Returns key -> old and new value, where they differ; lists and tuples are the same."""
    pairs = {key: (old.get(key, "nothing"), new.get(key, "nothing")) for key in dict.fromkeys((*old, *new))}
    return {key: pair for key, pair in pairs.items() if _plain(pair[0]) != _plain(pair[1])}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
