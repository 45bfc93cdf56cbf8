"""python -m smile.run submit -- bench.run --suite fer4d: runs a command on a cluster, follows it, fetches results."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smile.door import require_place
from smile.errors import UserError
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

    if bool(options.words) == any((options.list, options.follow, options.stop, options.fetch)):
        raise UserError("name a command after --, or one of --list, --follow, --stop, --fetch")
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
        return _keep_in_sight(lambda: follow_log(client, options.follow, _show), options.follow)
    else:
        return _send(client, options)
    return 0


def _send(client: Any, options: argparse.Namespace) -> int:
    from smile.jobs.client import follow_log, send

    name = options.name or f"{options.words[0].replace('.', '-')}-{secrets.token_hex(3)}"
    send(client, options.words, name)
    print(f"job {name} is sent; what it writes: submit --fetch {name}", flush=True)
    return 0 if options.detach else _keep_in_sight(lambda: follow_log(client, name, _show), name)


def _keep_in_sight(watch: Callable[[], int], name: str) -> int:
    try:
        return watch()
    except KeyboardInterrupt:
        print(f"\njob {name} goes on: submit --follow {name} shows it again, submit --stop {name} ends it")
        raise


def _show(text: str) -> None:
    sys.stdout.write(printable(text))
    sys.stdout.flush()


def _require_new(out: Path) -> None:
    """Raises UserError where the folder holds something: fetched results replace nothing."""
    require_place(out)
    if out.exists() and any(out.iterdir()):
        raise UserError(f"--out {out} is not empty; name a new folder")
