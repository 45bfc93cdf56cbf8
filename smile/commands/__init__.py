"""TABLE COMMANDS: what python -m smile.run can do, one command a file."""

from __future__ import annotations

from smile.commands import export, prepare, train, views
from smile.commands.command import Command

COMMANDS: dict[str, Command] = {
    "export": Command("write made faces as the files of a licensed data set", export.add_arguments, export.act),
    "prepare": Command("draw a whole data set into a cache of views", prepare.add_arguments, prepare.act),
    "views": Command("draw a contact sheet: expressions x views, shape and motion", views.add_arguments, views.act),
    "train": Command("pretrain a model on a data set, on one worker or several", train.add_arguments, train.act),
}
