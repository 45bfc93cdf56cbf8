"""TABLE COMMANDS: the commands of python -m bench.run beside measuring, one command per file."""

from __future__ import annotations

from bench.commands import compare, features, show
from smile.commands.command import Command

COMMANDS: dict[str, Command] = {
    "compare": Command("say how two results folders or two records differ", compare.add_arguments, compare.act),
    "features": Command("write the features of a trained model for every clip", features.add_arguments, features.act),
    "show": Command("print, or write anew, the tables of a results folder", show.add_arguments, show.act),
}
