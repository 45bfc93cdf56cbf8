import os
import socket

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
