import os
import socket
from pathlib import Path

import pytest

from smile.workers import interface


@pytest.fixture(autouse=True)
def unnamed(monkeypatch):
    monkeypatch.setenv(interface.VARIABLE, "")  # taken back at the end
    monkeypatch.delenv(interface.VARIABLE)


def stand_for(monkeypatch, address):
    def look_up(_):
        if not address:
            raise socket.gaierror("Name or service not known")
        return address

    monkeypatch.setattr(socket, "gethostbyname", look_up)


@pytest.mark.parametrize("address", ["127.0.1.1", "127.0.0.1", ""])
def test_where_the_hosts_name_leads_nowhere_the_route_to_the_head_decides(monkeypatch, address):
    stand_for(monkeypatch, address)
    interface.choose_interface("127.0.0.1:6379")
    assert os.environ[interface.VARIABLE] == "lo"


def test_a_name_that_leads_to_others_is_left_to_gloo(monkeypatch):
    stand_for(monkeypatch, "192.0.2.7")
    interface.choose_interface("127.0.0.1:6379")
    assert interface.VARIABLE not in os.environ


def test_what_the_user_named_is_kept(monkeypatch):
    stand_for(monkeypatch, "127.0.1.1")
    monkeypatch.setenv(interface.VARIABLE, "eth7")
    interface.choose_interface("127.0.0.1:6379")
    assert os.environ[interface.VARIABLE] == "eth7"


@pytest.mark.parametrize("head", ["no.such.host.invalid:6379", "256.0.0.1:1"])
def test_a_head_to_which_no_route_leads_changes_nothing(monkeypatch, head):
    stand_for(monkeypatch, "127.0.1.1")
    interface.choose_interface(head)
    assert interface.VARIABLE not in os.environ


def test_an_address_of_nobodys_has_no_interface():
    assert interface.find_interface("203.0.113.77") == ""


def listens_at(port: int) -> list[str]:
    """Where this machine listens at the port, as Linux lists it: addresses in hexadecimal digits."""
    lines = [line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/net/{kind}").read_text().splitlines()]
    return [line[1].partition(":")[0] for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "0A"]


def test_workers_meet_where_no_other_machine_can_knock(monkeypatch):
    from torch.distributed import TCPStore

    monkeypatch.setattr(interface, "_opened", [])
    address, port = interface.open_store("127.0.0.1:6379")
    assert (address, listens_at(port)) == ("127.0.0.1", ["0100007F"])
    one, other = TCPStore(address, port, is_master=False), TCPStore(address, port, is_master=False)
    one.set("word", "brows")
    assert other.get("word") == b"brows"


def test_without_a_route_to_the_head_workers_still_meet(monkeypatch):
    monkeypatch.setattr(interface, "_opened", [])
    monkeypatch.setattr(socket, "gethostname", lambda: "localhost")
    assert listens_at(interface.open_store("no.such.host.invalid:1")[1]) == ["00000000"]


def test_torch_asks_for_the_store_that_is_open(monkeypatch):
    from torch.distributed import rendezvous

    monkeypatch.setattr(interface, "_opened", [])
    stand_for(monkeypatch, "127.0.0.1")
    for name in interface._OPEN:
        monkeypatch.setenv(name, "")  # taken back at the end
    interface.expect_store("127.0.0.1:6379")
    address, port = interface.open_store("127.0.0.1:6379")
    store, rank, size = next(rendezvous(f"tcp://{address}:{port}?rank=0&world_size=1"))
    assert (rank, size) == (0, 1)
    store.set("word", "jaw")
    assert listens_at(port) == ["0100007F"]
