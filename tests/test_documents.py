"""What documents and --help tell people to type is understood: commands, names in tables, settings."""

import re
import shlex

import pytest

import bench.commands.options
import bench.run
import bench.speed.__main__
import bench.tables.formats
import cluster.__main__
import smile.run
import sweeps.options
from bench.protocols import PROTOCOLS
from bench.speed.stages import STAGES
from bench.suites import ALL, BUDGETS, SUITES
from smile.config import Config, flatten, override, parse_changes
from smile.recipes import FROM_STUDY, RECIPES
from smile.sets.readers import READERS
from smile.stand_ins.export import FORMATS
from sweeps.studies import STUDIES
from tests.places import ROOT

#: The log tells what was typed in its time.
DOCUMENTS = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")} - {ROOT / "CHANGELOG.md", ROOT / "docs/log.md"})
PARSERS = {
    "smile.run": lambda words: smile.run._parser().parse_args(words),
    "bench.run": bench.run.parse,
    "bench.speed": lambda words: bench.speed.__main__._parser().parse_args(words),
    "sweeps.run": sweeps.options.parse_options,
    "cluster": lambda words: cluster.__main__._parser().parse_args(words),
}
HELP = {
    "smile.run": smile.run.EPILOG,
    "bench.run": bench.commands.options.EPILOG,
    "bench.speed": bench.speed.__main__.EPILOG,
    "sweeps.run": sweeps.options.EXAMPLES,
    "cluster": cluster.__main__.EPILOG,
}
NAMES = {
    "recipe": RECIPES,
    "format": {**FORMATS, **bench.tables.formats.FORMATS},
    "suite": {*SUITES, ALL},
    "budget": BUDGETS,
    "protocol": PROTOCOLS,
    "stage": STAGES,
    "study": STUDIES,
}
#: A command ends at a comment, at a quotation mark around it, or where two blanks set its explanation apart.
COMMAND = re.compile(r"python -m (smile\.run|bench\.run|bench\.speed|sweeps\.run|cluster)\b((?: (?! )[^ #`'\n]+)*)")
SETTING = re.compile(r"`((?:rendering|model|losses|captions|training)\.[a-z_.]*[a-z])")


def commands_in(text):
    joined = re.sub(r"\\\n\s*", "", text)
    return [(door, rest.replace(" ... ", " ").strip()) for door, rest in COMMAND.findall(joined)]


FOUND = [(file.name, *command) for file in DOCUMENTS for command in commands_in(file.read_text())]
FOUND += [(f"{door} --help", *command) for door, text in HELP.items() for command in commands_in(text)]
TYPED = sorted({(where, door, rest) for where, door, rest in FOUND if rest})


def test_documents_tell_commands_of_every_door():
    assert {door for _, door, _ in TYPED} == set(PARSERS)
    assert len(TYPED) > 50


@pytest.mark.parametrize(("where", "door", "rest"), TYPED)
def test_a_command_is_understood_and_names_what_there_is(where, door, rest, capsys):
    try:
        options = PARSERS[door](shlex.split(rest))
    except SystemExit:
        pytest.fail(f"{where}: python -m {door} {rest}: {capsys.readouterr().err}", pytrace=False)
    for option, table in NAMES.items():
        given = getattr(options, option, None) or []
        named = {
            name.removeprefix(FROM_STUDY).rpartition("/")[2] for name in ([given] if isinstance(given, str) else given)
        }
        assert named <= {*table, *(STUDIES if option == "recipe" else ())}, f"{where}: {rest}"
    override(Config(), parse_changes(getattr(options, "set", [])))


@pytest.mark.parametrize(("document", "table"), [("data.md", READERS), ("protocols.md", PROTOCOLS)])
def test_a_table_of_the_documents_leaves_nothing_out(document, table):
    text = (ROOT / "docs" / document).read_text()
    assert [name for name in table if f"| `{name}`" not in text] == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_a_setting_that_is_named_exists(file):
    known = flatten(Config())
    groups = {key.rpartition(".")[0] for key in known}
    named = set(SETTING.findall(file.read_text())) - {"model.safetensors"}
    assert named <= {*known, *groups}
