"""python -m smile.run submit -- bench.run --suite fer4d: runs a command on a cluster, follows it, fetches results."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smile.door import require_place
from smile.errors import UserError
from smile.interruption import Instead, before_stopping
from smile.progress import Reporter, printable

#: Where `ray dashboard` brings the door of a cluster.
ADDRESS = "http://127.0.0.1:8265"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this command."""
    add = parser.add_argument
    add("words", nargs="*", metavar="-- DOOR ...", help="the command, e.g. -- bench.run --suite fer4d")
    add("--address", default=ADDRESS, metavar="URL", help="dashboard of the cluster (default: %(default)s)")
    add("--name", metavar="ID", help="name of the new job (default: the door, and some letters)")
    add("--detach", action="store_true", help="do not follow the log; the job goes on either way")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--list", action="store_true", help="list jobs, oldest first")
    asked.add_argument("--follow", metavar="ID", help="show the log of a job again, from its beginning to its end")
    asked.add_argument("--stop", metavar="ID", help="end a job; the same command sent again goes on, under a new name")
    asked.add_argument("--fetch", metavar="ID", help="copy what a job wrote to --out")
    add("--out", type=Path, metavar="DIR", help="new folder for --fetch (default: results/ID)")


def act(options: argparse.Namespace, _reporter: Reporter) -> int:
    """Sends, lists, follows, stops or fetches; returns the exit status of the job that was followed."""
    from smile.jobs.client import connect, fetch_results, follow_log, list_jobs, stop

    _require_one_wish(options)
    if options.fetch:
        options.out = options.out or Path("results", options.fetch)
        _require_new(options.out)
    client = connect(options.address)
    if options.list:
        for name, status, command in list_jobs(client):
            print(f"{status:<10} {name:<28} {command}")
    elif options.stop:
        print(f"job {options.stop} {'is ended' if stop(client, options.stop) else 'had ended already'}")
    elif options.fetch:
        print(f"{len(fetch_results(client, options.fetch, options.out))} files: {options.out}")
    elif options.follow:
        with _in_sight([options.follow]):
            return follow_log(client, options.follow, _show)
    else:
        return _send(client, options)
    return 0


def _require_one_wish(options: argparse.Namespace) -> None:
    """Raises UserError where a command line asks for nothing, for two things, or for what no job can be."""
    from smile.jobs.client import require_name, require_words

    named = [one for one in (options.follow, options.stop, options.fetch) if one is not None]
    if bool(options.words) == bool(options.list or named):
        raise UserError("name a command after --, or one of --list, --follow, --stop, --fetch")
    for name in (*named, *([] if options.name is None else [options.name])):
        require_name(name)
    if options.words:
        require_words(options.words)
    elif options.name is not None or options.detach:
        raise UserError("--name and --detach are for a new job: name its command after --")
    if options.out and not options.fetch:
        raise UserError("--out is where --fetch writes; the --out of a job comes after its door")


def _send(client: Any, options: argparse.Namespace) -> int:
    from smile.jobs.client import follow_log, send

    name = options.name or f"{options.words[0].replace('.', '-')}-{secrets.token_hex(3)}"
    sent: list[str] = []
    with _in_sight(sent):
        send(client, options.words, name)
        sent.append(name)
        print(f"job {name} is sent; what it writes: submit --fetch {name}", flush=True)
        return 0 if options.detach else follow_log(client, name, _show)


@contextmanager
def _in_sight(sent: list[str]) -> Iterator[None]:
    """Has a signal meanwhile say what becomes of the job: the same command would send a second one."""

    def tell() -> str:
        if not sent:
            return Instead("submit --list tells whether the job was sent")
        return Instead(
            f"job {sent[0]} goes on: submit --follow {sent[0]} shows it again, submit --stop {sent[0]} ends it"
        )

    with before_stopping(tell):
        yield


def _show(text: str) -> None:
    sys.stdout.write(printable(text))
    sys.stdout.flush()


def _require_new(out: Path) -> None:
    """Raises UserError where the folder is not new or empty: fetched results replace nothing, and nobody's folder."""
    require_place(out)
    if out.exists() and any(out.iterdir()):
        raise UserError(f"--out {out} is not empty; name a new folder")
    if out.is_symlink() or out.is_mount() or Path.cwd().is_relative_to(out.resolve()):
        raise UserError(f"--out {out} is a link, a mount or the working folder; name a new folder")
