"""Tries ports as a stranger without a token would: python tests/cluster/knock.py HOST:PORT ...

Each port is asked over HTTP, and by every method of gRPC that Ray's programs name. It passes where it refuses all of
them (401, 403, UNAUTHENTICATED), or speaks ssh. Prints a line a port; exits with 1 where one obeys, or answers neither.
"""

import http.client
import importlib
import pkgutil
import re
import socket
import sys
from collections import Counter
from pathlib import Path

import grpc
import ray.core.generated  # noqa: TID251  # its services are what is tried

PATHS = ("/", "/api/jobs/", "/api/version", "/metrics", "/nodes?view=summary", "/api/v0/actors", "/logs")
REFUSED, ABSENT = (401, 403), grpc.StatusCode.UNIMPLEMENTED
PATIENCE = 5.0
#: What a node says first: without it StartSync ends the head of Ray 2.60, whoever asks (docs/cluster.md, Security).
NODE = ("node_id", "ff" * 28)


def list_methods():
    """Names every method that Ray's programs know, as gRPC does: /ray.rpc.JobInfoGcsService/AddJob."""
    (folder,) = ray.core.generated.__path__
    programs = Path(folder).parent / "src" / "ray"
    names = set()
    for program in (programs / "raylet" / "raylet", programs / "gcs" / "gcs_server"):
        names |= {found.decode() for found in re.findall(rb"/ray\.rpc\.[\w.]+/\w+", program.read_bytes())}
    for found in pkgutil.walk_packages(ray.core.generated.__path__, "ray.core.generated."):
        if found.name.endswith("_pb2"):
            services = importlib.import_module(found.name).DESCRIPTOR.services_by_name.values()
            names |= {f"/{service.full_name}/{method.name}" for service in services for method in service.methods}
    assert {"/ray.rpc.ObjectManagerService/Push", "/ray.rpc.JobInfoGcsService/AddJob"} <= names
    return sorted(names)


def ask_page(host, port, path):
    """Returns the status of a page, or None where what listens speaks no HTTP."""
    line = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        line.request("GET", path)
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()


def ask_methods(host, port, methods):
    """Returns method -> status code; empty where what listens speaks no gRPC."""
    with grpc.insecure_channel(f"{host}:{port}") as line:
        try:
            grpc.channel_ready_future(line).result(timeout=PATIENCE)
        except grpc.FutureTimeoutError:
            return {}
        calls = {name: line.unary_unary(name).future(b"", timeout=PATIENCE, metadata=[NODE]) for name in methods}
        return {name: call.code() for name, call in calls.items()}


def speaks_ssh(host, port):
    with socket.create_connection((host, port), PATIENCE) as line:
        line.settimeout(PATIENCE)
        try:
            return line.recv(4) == b"SSH-"
        except OSError:
            return False


def knock(host, port, methods):
    """Returns (what the port is, what it did that is no refusal)."""
    if speaks_ssh(host, port):
        return "ssh", []
    pages = {path: status for path in PATHS if (status := ask_page(host, port, path)) is not None}
    if pages:
        return f"HTTP {dict(Counter(pages.values()))}", [f"{p} {s}" for p, s in pages.items() if s not in REFUSED]
    codes = ask_methods(host, port, methods)
    there = {name: code for name, code in codes.items() if code is not ABSENT}
    if not there:
        return "unknown", ["answers neither HTTP nor any method of Ray"]
    obeyed = [f"{name} {code.name}" for name, code in there.items() if code is not grpc.StatusCode.UNAUTHENTICATED]
    return f"gRPC, {len(there)} methods", obeyed


def main():
    methods, obeying = list_methods(), 0
    for place in sys.argv[1:]:
        host, _, port = place.rpartition(":")
        what, obeyed = knock(host, int(port), methods)
        obeying += bool(obeyed)
        did = f"obeys: {len(obeyed)}, as {obeyed[0]}" if obeyed else "refuses"
        print(f"{place:<22} {what:<24} {did}", flush=True)
    return 1 if obeying else 0


if __name__ == "__main__":
    sys.exit(main())
