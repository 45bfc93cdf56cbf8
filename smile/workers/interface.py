"""How the workers of a run find and reach each other: by the network interface on the route to the head alone."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from contextlib import suppress
from typing import Any

#: Where gloo, which joins workers without GPUs, reads the interface's name.
VARIABLE = "GLOO_SOCKET_IFNAME"

#: Tells torch in every worker that the place where workers meet is open already; see `open_store`.
_OPEN = {"TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "0"}

_opened: list[Any] = []  # the stores of this process, which live as long as it does

_GET_ADDRESS = 0x8915  # SIOCGIFADDR of Linux


def choose_interface(head: str) -> None:
    """Names the interface on the route to the head (host:port) of the cluster, for gloo in this process.

    Gloo takes the address that the host's own name stands for. On Debian that is 127.0.1.1, where no other host is, and
    in some containers there is none. Where the name leads to others, or the user has named an interface, it is left.
    """
    if VARIABLE in os.environ or _leads_out(socket.gethostname()):
        return
    with suppress(OSError):
        if name := find_interface(find_route(head)):
            os.environ[VARIABLE] = name


def expect_store(head: str) -> None:
    """Prepares a worker to meet the others in the store that the first of them opens."""
    choose_interface(head)
    os.environ.update(_OPEN)


def open_store(head: str) -> tuple[str, int]:
    """Opens the place where the workers of a run meet, in this process; returns its address and port.

    torch itself would listen on every interface, and asks nobody for a token. This listens on the route to the head
    only: on one machine, nobody outside reaches it. Where there is no such route, it listens everywhere as torch does.
    """
    from torch.distributed import TCPStore  # type: ignore[attr-defined]  # as torch's own examples do

    try:
        address = find_route(head)
        listener = socket.create_server((address, 0))
    except OSError:
        address, listener = socket.gethostname(), socket.create_server(("", 0))
    port = int(listener.getsockname()[1])
    handle = listener.detach()
    _opened.append(TCPStore(address, port, is_master=True, wait_for_workers=False, master_listen_fd=handle))
    return address, port


def find_route(head: str) -> str:
    """The address of this machine on its route to the head; nothing is sent. OSError where there is none."""
    host, _, port = head.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.connect((host, int(port)))
        return str(opened.getsockname()[0])


def find_interface(address: str) -> str:
    """The name of the interface that has the address; empty where none has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        for _, name in socket.if_nameindex():
            with suppress(OSError):  # one without an address
                answer = fcntl.ioctl(opened, _GET_ADDRESS, struct.pack("256s", name.encode()[:15]))
                if socket.inet_ntoa(answer[20:24]) == address:
                    return name
    return ""


def _leads_out(host: str) -> bool:
    """Whether others may reach this machine by what the name stands for."""
    try:
        return not socket.gethostbyname(host).startswith("127.")
    except OSError:
        return False
