"""EDGE ray: speaks with the job door of a cluster: sends, lists, follows and stops jobs, and fetches their results."""

from __future__ import annotations

import asyncio
import http.client
import logging
import re
import shlex
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from smile.cluster import PATIENCE, last_line, prepare_environment
from smile.errors import UserError, unknown
from smile.jobs.parcel import packed, unwrap, wrap
from smile.provenance import hide_password

#: The doors that a job may open.
DOORS = ("smile.run", "bench.run", "bench.speed", "sweeps.run")
#: The folder on the head below which each job works.
PLACE = "smile-jobs"

_REMEDY = "open a tunnel first: ray dashboard cluster.yaml; is the token of the cluster in ~/.ray/auth_token?"
#: What Ray answers where the head's agent of jobs is not there, and for good where its port was taken at `ray start`.
_NO_AGENT = "No available agent"
_AGENT_REMEDY = (
    "the head has no agent that starts jobs: it is not up yet, or another Ray on that machine held port 52365 when "
    "the head started; wait a minute, else end the other Ray and start the head again (ray stop, ray start)"
)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def connect(address: str) -> Any:
    """Returns a client of the job door at `address`, e.g. http://127.0.0.1:8265; raises UserError within 10 seconds."""
    address = address.partition("#")[0].rstrip("/")  # as the browser shows it: http://127.0.0.1:8265/#/jobs
    _require_answer(address)
    prepare_environment(address)
    try:
        from ray.job_submission import JobSubmissionClient
    except ImportError as error:
        raise UserError("jobs need Ray; install it with: pip install 'ray[default]'") from error
    for name in ("dashboard.modules.dashboard_sdk", "dashboard.modules.job.sdk", "_private.runtime_env.packaging"):
        logging.getLogger(f"ray.{name}").setLevel(logging.WARNING)  # they tell of uploads and closed sockets
    try:
        return JobSubmissionClient(address)
    except Exception as error:  # a bare RuntimeError or ConnectionError, with the answer of the server
        reason = last_line(error).partition(". ")[0].rstrip(".")
        raise UserError(f"no job door at {hide_password(address)}: {reason}; {_REMEDY}") from error


def _require_answer(address: str) -> None:
    if not address.startswith(("http://", "https://")):
        raise UserError(f"--address {hide_password(address)}: give the dashboard's, e.g. http://127.0.0.1:8265")
    try:
        with urllib.request.urlopen(f"{address}/api/version", timeout=PATIENCE):  # checked
            pass
    except urllib.error.HTTPError:
        pass  # it answers; it may want the token, which the client sends
    except (OSError, ValueError, http.client.HTTPException) as error:  # nobody, no address, or another kind of server
        reason = str(getattr(error, "reason", error)).strip() or type(error).__name__
        raise UserError(f"no job door answers at {hide_password(address)}: {reason}; {_REMEDY}") from None


def send(client: Any, words: Sequence[str], name: str) -> None:
    """Sends `python -m WORDS...` with this checkout's source as the job `name`; raises UserError where that fails."""
    require_words(words)
    command = enter(name, words)
    with packed() as folder:
        _ask(client.submit_job, entrypoint=command, submission_id=name, runtime_env={"working_dir": str(folder)})


def require_words(words: Sequence[str]) -> None:
    """Raises UserError where the words begin with no door, or hold a password.

    Ray writes the command into its logs, where everybody on the head may read it.
    """
    if not words or words[0] not in DOORS:
        raise unknown("door", words[0] if words else "", DOORS)
    if told := [hide_password(word) for word in words if hide_password(word) != word]:
        raise UserError(f"{told[0]}: Ray would log the password; write it into a file of the head, e.g. ~/.pgpass")


def enter(name: str, words: Sequence[str]) -> str:
    """Returns the shell command of a job: it works in a folder of its own, which outlives the job."""
    place, command = place_on_head(name), shlex.join(["python", "-m", *words])
    return f'mkdir -p {place} && export PYTHONPATH="$PWD" && cd {place} && exec {command}'


def require_name(name: str) -> None:
    """Raises UserError where no job has this name: it stands in addresses, in paths and in a command."""
    if not _WORD.fullmatch(name):
        raise UserError(f"job {name[:70]!r}: a name has at most 64 letters, digits, '-', '_' and '.', all of ASCII")


def place_on_head(name: str) -> str:
    """Returns the folder of a job on the head, quoted for its shell; raises UserError on a name of other letters."""
    require_name(name)
    return f'"$HOME"/{PLACE}/{name}'


def follow_log(client: Any, name: str, show: Callable[[str], None]) -> int:
    """Shows the log of a job until it ends; returns its exit status, or 1 where it was stopped or never began."""
    unshown: list[OSError] = []

    async def read() -> None:
        async for text in client.tail_job_logs(name):
            try:
                show(text)
            except OSError as error:
                unshown.append(error)
                raise

    _ask(client.get_job_info, name)  # says where there is none; its log only fails to open
    try:
        asyncio.run(read())
    except Exception as error:  # of aiohttp: the tunnel closed
        if error in unshown:  # the reader of a pipe has enough, or a disk is full
            raise
        raise UserError(
            f"lost sight of job {name}, which goes on: {last_line(error)}; submit --follow {name}"
        ) from error
    told = _ask(client.get_job_info, name)
    if str(told.status) == "SUCCEEDED":
        return 0
    reason = (told.message or "").partition("\n")[0].partition(", last available logs")[0]  # the log was shown
    show(f"job {name}: {told.status}{f', {reason}' if reason else ''}\n")
    return int(told.driver_exit_code or 1)


def stop(client: Any, name: str) -> bool:
    """Ends a job; returns False where it had ended already."""
    return bool(_ask(client.stop_job, name))


def list_jobs(client: Any) -> list[tuple[str, str, str]]:
    """Returns (name, status, command) of each job, oldest first."""
    jobs = sorted(_ask(client.list_jobs), key=lambda job: job.start_time or 0)
    return [(job.submission_id or job.job_id, str(job.status), job.entrypoint.rpartition("exec ")[2]) for job in jobs]


def fetch_results(client: Any, name: str, out: Path) -> list[str]:
    """Writes what a job wrote below the new folder `out`; returns the names of the files.

    The results travel as text in the log of a second job, because the job door is the only one that is open.
    """
    asked = _ask(client.submit_job, entrypoint=f"bash -c {shlex.quote(wrap(place_on_head(name)))}")
    kept: list[str] = []
    follow_log(client, asked, kept.append)
    return unwrap("".join(kept), out)


def _ask(act: Callable[..., Any], *given: Any, **options: Any) -> Any:
    """What the job door answers; raises UserError with the last line of its complaint."""
    try:
        return act(*given, **options)
    except Exception as error:  # of Ray: also of its token, of requests, and of a size that it refuses
        reason = _AGENT_REMEDY if _NO_AGENT in str(error) else last_line(error).rstrip(".")
        raise UserError(f"the job door refuses: {reason}") from error
