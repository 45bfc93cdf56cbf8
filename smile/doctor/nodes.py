"""EDGE ray: asks every node of a cluster what it has, and compares: versions, token, clock, shared folder, network."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from smile.cluster import joined, last_line
from smile.doctor.finding import BROKEN, WEAK, WELL, Finding, rate
from smile.doctor.graphics import read_driver
from smile.limits import read_regular
from smile.provenance import source_hash, versions

#: Seconds in which a node must answer.
PATIENCE = 60.0
#: Bytes that each node fetches, to measure the network.
PARCEL = 64_000_000
#: Bytes per second below which pictures come slower than they are drawn.
LEAST_BANDWIDTH = 50e6
#: Seconds that clocks may differ.
CLOCK = 1.0

Has = Mapping[str, Any]


def examine_cluster(address: str, shared: Path | None) -> list[Finding]:
    """Returns findings about the cluster at `address` and the folder `shared`; raises UserError where none answers."""
    with joined(address, "default"):
        import ray

        nodes = [node for node in ray.nodes() if node["Alive"]]
        findings = [_summarise(nodes)]
        mark = f".smile-doctor-{secrets.token_hex(8)}"
        try:
            if shared:
                (shared / mark).write_text(mark)
            answers = list(_ask_all(nodes, shared, mark))
            facts = [answer for answer in answers if not isinstance(answer, Finding)]
            findings += compare(facts)
            findings += [answer for answer in answers if isinstance(answer, Finding)]
            findings += _check_folder(shared, mark, facts) if shared else []
        except OSError as error:
            return [
                *findings,
                Finding("shared", BROKEN, f"{error.filename}: {error.strerror}", "name a folder that all nodes see"),
            ]
        finally:
            for left in shared.glob(f"{mark}*") if shared else ():
                left.unlink()
    return findings


def compare(answers: Sequence[Has]) -> list[Finding]:
    """Returns what differs between nodes, and what of each is slow or late."""
    found = [_compare(answers, key, *texts) for key, *texts in _SAME] if answers else []
    for facts in answers:
        late = abs(facts["late"]) - facts["unsure"]
        if late > CLOCK:
            said = f"{facts['host']} is {facts['late']:+.1f} s from here"
            found.append(Finding("clock", WEAK, said, "start chrony or systemd-timesyncd there"))
        if facts["speed"] and facts["speed"] < LEAST_BANDWIDTH:
            said = f"{facts['host']} fetches {facts['speed'] / 1e6:.0f} MB/s"
            found.append(Finding("network", WEAK, said, "place nodes in one zone, or prepare the cache beforehand"))
    speeds = [facts["speed"] for facts in answers if facts["speed"]]
    if speeds and min(speeds) >= LEAST_BANDWIDTH:
        found.append(Finding("network", WELL, f"{min(speeds) / 1e6:.0f} MB/s to the slowest node"))
    return found


#: What all nodes must have alike: key of the facts, what it is called, and what to do where it differs.
_SAME = (
    ("versions", "versions", "install from the same requirements.lock: bash cluster/setup.sh"),
    ("code", "code", "copy the same checkout to all: ray rsync-up, or submit, which ships it"),
    ("token", "tokens", "copy ~/.ray/auth_token of the head to all, and start their Ray again"),
    ("driver", "driver", "install the same driver on all nodes with a GPU"),
)


def _compare(answers: Sequence[Has], key: str, what: str, remedy: str) -> Finding:
    """A finding on whether all nodes say the same; nodes without a GPU need no driver."""
    kinds: dict[str, list[str]] = {}
    for facts in answers:
        if facts[key]:
            kinds.setdefault(str(facts[key]), []).append(facts["host"])
    if len(kinds) < 2:
        return Finding(what, WELL, f"the same on {len(answers)} nodes" if kinds else "none")
    rare = min(kinds.values(), key=len)
    return Finding(what, WEAK if key == "driver" else BROKEN, f"other on {', '.join(rare)} than elsewhere", remedy)


def _summarise(nodes: Sequence[Mapping[str, Any]]) -> Finding:
    total = {kind: sum(node["Resources"].get(kind, 0) for node in nodes) for kind in ("CPU", "GPU")}
    said = f"{len(nodes)} nodes, {total['CPU']:.0f} CPUs and {total['GPU']:.0f} GPUs for work"
    return rate(
        "cluster", said, "" if any(total.values()) else WEAK, "workers start when work waits, if cluster.yaml says so"
    )


def _ask_all(nodes: Sequence[Has], shared: Path | None, mark: str) -> Iterator[Has | Finding]:
    """The facts of each node, or why there are none; all nodes start at once, and are then measured one by one."""
    import ray

    parcel = [ray.put(os.urandom(PARCEL))]
    first = [(node, _place(look, node).remote(str(shared) if shared else "", mark)) for node in nodes]
    here = ray.get_runtime_context().get_node_id()
    for node, asked in first:
        host = name_node(node, nodes)
        try:
            facts = ray.get(asked, timeout=PATIENCE)
            began = time.time()
            clock = ray.get(_place(time.time, node).remote(), timeout=PATIENCE)
            ended = time.time()
            seconds = 0.0 if node["NodeID"] == here else ray.get(_place(fetch, node).remote(parcel), timeout=PATIENCE)
        except Exception as error:  # of Ray, or of what the node has not installed
            said = f"{host} does not answer: {last_line(error)}"
            yield Finding("node", BROKEN, said, "see `ray status` and its logs")
            continue
        unsure, speed = (ended - began) / 2, PARCEL / seconds if seconds else 0.0
        yield {**facts, "host": host, "late": clock - (began + ended) / 2, "unsure": unsure, "speed": speed}


def name_node(node: Has, nodes: Sequence[Has]) -> str:
    """Returns how a node is called: by its host, and by its id too where another node is on the same host."""
    host, address = node["NodeManagerHostname"], node["NodeManagerAddress"]
    alone = sum(one["NodeManagerAddress"] == address for one in nodes) == 1
    return f"{host} ({address})" if alone else f"{host} ({address}, node {node['NodeID'][:6]})"


def _place(work: Callable[..., Any], node: Mapping[str, Any]) -> Any:
    """`work` as a task of that node alone, also where the node has no CPU for work."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    def act(*given: Any) -> Any:
        return work(*given)

    only = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
    return ray.remote(act).options(num_cpus=0, scheduling_strategy=only, max_retries=0)


def look(shared: str, mark: str) -> Has:
    """Returns what this node has; writes a file beside the `mark` in the shared folder where it sees the mark."""
    sees = bool(shared) and Path(shared, mark).is_file()
    writes = False
    if sees:
        with suppress(OSError):
            Path(shared, f"{mark}-{secrets.token_hex(4)}").touch(exist_ok=False)
            writes = True
    code, cards = source_hash("smile"), read_driver()
    return {
        **{"versions": versions(), "code": code, "token": read_token(), "sees": sees, "writes": writes},
        "driver": sorted({card.rpartition(", ")[2] for card in filter(None, cards.split("; "))}),
    }


def read_token() -> str:
    """Returns a digest that tells whether two nodes have the same token, and from which nobody learns the token."""
    home = Path(os.environ.get("HOME", ""), ".ray", "auth_token")
    text = os.environ.get("RAY_AUTH_TOKEN", "")
    with suppress(OSError):
        text = text or read_regular(Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or home)).decode()
    return hashlib.sha256(text.strip().encode()).hexdigest() if text else ""


def fetch(parcel: Sequence[Any]) -> float:
    """Returns how many seconds this node takes to fetch what the reference in `parcel` names."""
    import ray

    began = time.perf_counter()
    ray.get(parcel[0])
    return time.perf_counter() - began


def _check_folder(shared: Path, mark: str, facts: Sequence[Has]) -> Iterator[Finding]:
    blind = ", ".join(one["host"] for one in facts if not one["sees"])
    mute = ", ".join(one["host"] for one in facts if one["sees"] and not one["writes"])
    if blind:
        yield Finding("shared", BROKEN, f"{blind} do(es) not see {shared}", "mount it there, at the same place")
    if mute:
        yield Finding("shared", BROKEN, f"{mute} cannot write into {shared}", "give its user the right to")
    if not blind and not mute:
        yield _check_delay(shared, mark, len(facts))


def _check_delay(shared: Path, mark: str, nodes: int) -> Finding:
    written = len(list(shared.glob(f"{mark}-*")))
    said = f"{shared}: seen and written by {written} of {nodes} nodes"
    remedy = "other nodes' files come late here: mount it with less caching"
    return rate("shared", said, WEAK if written < nodes else "", remedy)
