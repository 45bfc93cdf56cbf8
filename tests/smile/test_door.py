"""Every command ends with one line and a status, never with a trace."""

import pytest

from smile.door import MISTAKE, STOPPED, leave
from smile.errors import BadFile, UserError


def refuse(error):
    def act():
        raise error

    return act


def test_the_status_of_the_work_is_the_status_of_the_command(capsys):
    assert leave("bench.run", lambda: 1) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("error", [UserError("no such suite"), BadFile("a.wrl", "byte 7", "is cut", "copy it again")])
def test_a_mistake_is_one_line_on_stderr(error, capsys):
    assert leave("bench.run", refuse(error)) == MISTAKE
    assert capsys.readouterr().err == f"bench.run: {error}\n"


def test_ctrl_c_says_that_the_work_goes_on(capsys):
    assert leave("sweeps.run", refuse(KeyboardInterrupt())) == STOPPED
    assert "goes on from here" in capsys.readouterr().err


def test_a_defect_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        leave("smile.run", lambda: 1 // 0)
