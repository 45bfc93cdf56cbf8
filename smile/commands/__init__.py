"""TABLE COMMANDS: the commands of python -m smile.run, one command per file."""

from __future__ import annotations

from smile.commands import ceiling, check, doctor, export, predict, prepare, settings, submit, train, views
from smile.commands.command import Command

COMMANDS: dict[str, Command] = {
    "check": Command("read every scan, compare with the release, name what is faulty", check.add_arguments, check.act),
    "export": Command("write made faces as the files of a licensed data set", export.add_arguments, export.act),
    "ceiling": Command("measure how well the classes of made faces can be told", ceiling.add_arguments, ceiling.act),
    "prepare": Command("draw a whole data set into a cache of views", prepare.add_arguments, prepare.act),
    "views": Command("show clips and scans as a sheet or as moving images", views.add_arguments, views.act),
    "train": Command("pretrain a model on a data set, on one worker or several", train.add_arguments, train.act),
    "doctor": Command(
        "look at this machine, a cluster and a data set; say what to mend", doctor.add_arguments, doctor.act
    ),
    "predict": Command("say what faces show, by sentences or a fitted probe", predict.add_arguments, predict.act),
    "settings": Command("list every setting with default, limits and meaning", settings.add_arguments, settings.act),
    "submit": Command("run a command on a cluster, follow it, fetch its results", submit.add_arguments, submit.act),
}
