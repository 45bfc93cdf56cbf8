"""The network interface by which the workers of a run reach each other, where the name of a host leads nowhere."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from contextlib import suppress

#: Where gloo, which joins workers without GPUs, reads the interface's name.
VARIABLE = "GLOO_SOCKET_IFNAME"

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
