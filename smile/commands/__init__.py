"""TABLE COMMANDS: the commands of python -m smile.run, one command per file."""

from __future__ import annotations

from smile.commands import check, doctor, export, predict, prepare, submit, train, views
from smile.commands.command import Command

COMMANDS: dict[str, Command] = {
    "check": Command("read every scan, compare with the release, name what is faulty", check.add_arguments, check.act),
    "export": Command("write made faces as the files of a licensed data set", export.add_arguments, export.act),
    "prepare": Command("draw a whole data set into a cache of views", prepare.add_arguments, prepare.act),
    "views": Command("show clips and scans as a sheet or as moving pictures", views.add_arguments, views.act),
    "train": Command("pretrain a model on a data set, on one worker or several", train.add_arguments, train.act),
    "doctor": Command(
        "look at this machine, a cluster and a data set; say what to mend", doctor.add_arguments, doctor.act
    ),
    "predict": Command("say what faces show, by sentences or a fitted probe", predict.add_arguments, predict.act),
    "submit": Command("run a command on a cluster, follow it, fetch its results", submit.add_arguments, submit.act),
}
