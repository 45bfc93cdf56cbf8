"""Every number that people read has a record in the repository: those of the tables, and those of the README."""

import csv
import json
import re
import subprocess

import pytest

import bench.run
from bench.suites import SUITES
from tests.places import ROOT

RESULTS = ROOT / "results"
README = (ROOT / "README.md").read_text()
#: Column of a table of the README -> the results folder, data set, probe and metric that it quotes.
QUOTED = {
    "clips, % [95 %]": ("ict_posed", "bu4dfe", "linear_probe", "accuracy"),
    "scans, % [95 %]": ("ict_posed", "bu3dfe", "linear_probe", "accuracy"),
    "few labels: area": ("ict_posed", "bu3dfe", "few_labels", "area"),
    "hard faces: area": ("ict_hard", "ict-posed-blended-hard", "few_labels", "area"),
    "hard faces, % [95 %]": ("ict_hard", "ict-posed-blended-hard", "linear_probe", "accuracy"),
    "by theories: area": ("theories_hard", "synthetic-theories-hard", "few_labels", "area"),
    "micro-expressions, % [95 %]": ("ict_micro", "ict-micro-blended", "linear_probe", "accuracy"),
}
#: The same for columns without an interval, with the condition of tested faces before the metric.
PLAINLY = {
    "scans, 1 labelled person": ("ict_posed", "bu3dfe", "few_labels", "clean", "accuracy@1"),
    "misaligned": ("ict_posed", "bu3dfe", "linear_probe", "misaligned", "accuracy"),
    "hidden": ("ict_posed", "bu3dfe", "linear_probe", "occluded", "accuracy"),
}
#: A number with its interval, e.g. 91.9 [89.2, 94.7] or +2.4 [-0.0, +4.9].
TRIPLE = re.compile(r"([+-]?\d+\.\d)\s+\[([+-]?\d+\.\d), ([+-]?\d+\.\d)\]")
TABLES = sorted(path for path in RESULTS.glob("*/*.csv"))


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def read_records(folder):
    """Identity -> metrics, of every record in a results folder."""
    contents = (json.loads(path.read_text()) for path in sorted((folder / "records").rglob("*.json")))
    return {content["identity"]: content["metrics"] for content in contents}


def scores_of(folder, data_set, probe, metric):
    """Title of a method -> its score as the README writes it, over all seeds where there are several."""
    rows = find_rows(folder, data_set, probe, "clean", metric)
    return {title: "{:.1f} [{:.1f}, {:.1f}]".format(*points(row)) for title, row in rows.items()}


def find_rows(folder, data_set, probe, condition, metric):
    """Title of a method -> its row of the CSV file, over all seeds where there are several."""
    place = RESULTS / folder / "records/fer4d" / data_set
    records = [json.loads(path.read_text()) for path in place.glob(f"*/{condition}/{probe}/*/*.json")]
    titles = {record["method"]: record["title"] for record in records}
    wanted = {"data_set": data_set, "condition": condition, "probe": probe, "metric": metric}
    rows = [row for row in rows_of(RESULTS / folder / "fer4d.csv") if row["value"] and wanted.items() <= row.items()]
    # The row over all seeds has no seed, and comes after those of each seed.
    return {titles[row["method"]]: row for row in rows}


def points(row):
    return [100 * float(row[name]) for name in ("value", "low", "high")]


def tables_of(text):
    """Rows of every table of markdown, each as heading -> cell."""
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        head, _, *rows = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in block.splitlines()]
        yield [dict(zip(head, row, strict=True)) for row in rows]


def find_strange_scores(text, known):
    """Cells of tables that differ from the results: (method, column, cell)."""
    rows = [row for table in tables_of(text) for row in table if row.keys() & known.keys()]
    cells = [(row["method"], column, row[column]) for row in rows for column in row.keys() & known.keys()]
    return [cell for cell in cells if known[cell[1]].get(cell[0]) != cell[2]]


def absolute(found):
    """A difference is the same whichever of two methods comes first."""
    values = [float(number) for number in found]
    turned = [-values[0], -values[2], -values[1]]
    return tuple(max(values, turned))


def find_strange_triples(text, tables):
    """Numbers with an interval that stand in no table of results."""
    known = {absolute(found) for table in tables for found in TRIPLE.findall(plain(table))}
    return [found for found in TRIPLE.findall(text) if absolute(found) not in known]


def plain(table):
    """A table without links and bold marks."""
    return re.sub(r"\[([^][]*)\]\([^)]*\)", r"\1", table).replace("**", "")


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.relative_to(RESULTS).as_posix())
def test_a_record_stands_behind_every_number_of_a_table(path):
    records, rows = read_records(path.parent), rows_of(path)
    assert len(rows) > 30
    named = [row for row in rows if row["record"]]
    assert len(named) * 2 >= len(rows), "only rows over several seeds have no record of their own"
    missing = {row["method"] for row in named if row["record"] not in records}
    assert missing == set()
    for row in named:
        score = records[row["record"]].get(row["metric"])
        assert [float(row[name]) if row[name] else None for name in ("value", "low", "high")] == (
            [score["value"], score["low"], score["high"]] if score else [None] * 3
        ), row


def test_the_tables_of_the_readme_are_those_of_the_results():
    known = {column: scores_of(*place) for column, place in QUOTED.items()}
    for column, place in PLAINLY.items():
        known[column] = {title: f"{points(row)[0]:.1f}" for title, row in find_rows(*place).items()}
    assert [column for column in known if f"| {column} " not in README] == []
    assert find_strange_scores(README, known) == []


def test_every_interval_of_the_readme_stands_in_a_table_of_results():
    tables = [path.read_text() for path in sorted(RESULTS.rglob("*.md"))]
    assert len(TRIPLE.findall(README)) > 20
    assert find_strange_triples(README, tables) == []


def test_the_first_tutorial_shows_the_table_of_the_stored_run(capsys):
    shown = re.search(
        r"Synthetic faces: tenfold.*?```", (ROOT / "docs/tutorials/first_leaderboard.md").read_text(), re.S
    )
    assert bench.run.main(["show", str(RESULTS / "synthetic")]) == 0
    lines = [without_time(line) for line in capsys.readouterr().out.splitlines()]
    quoted = [without_time(line) for line in shown[0].splitlines() if line.strip(".`")]
    assert len(quoted) > 8 and [line for line in quoted if line not in lines] == []


def without_time(line):
    """A line of a table without the seconds at its end, which differ from machine to machine."""
    return re.sub(r"\s+[\d.]+ s$", "", line)


def test_a_score_that_differs_is_found():
    text = (
        "| method | clips |\n|---|---|\n| A | 91.9 [89.2, 94.7] |\n| B | 50.0 [40.0, 60.0] |\n| C | 1.0 [1.0, 1.0] |\n"
    )
    known = {"clips": {"A": "91.9 [89.2, 94.7]", "B": "50.1 [40.0, 60.0]"}}
    assert [cell[0] for cell in find_strange_scores(text, known)] == ["B", "C"]


def test_an_interval_that_stands_nowhere_is_found():
    tables = ["| A | [**91.9**](records/a.json) [89.2, 94.7] | -5.2 [-8.5, -2.1], worse |"]
    assert find_strange_triples("91.9 [89.2, 94.7], 5.2\n  [2.1, 8.5]", tables) == []
    assert find_strange_triples("91.8 [89.2, 94.7]", tables) == [("91.8", "89.2", "94.7")]


@pytest.mark.parametrize("suite", SUITES)
def test_what_a_run_writes_by_default_leaves_a_clean_clone_clean(suite):
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout of git")
    written = [f"{suite}.md", f"{suite}.csv", f"records/{suite}/a/b.json", f"figures/{suite}/a/b.png", "index.html"]
    paths = [f"results/{name}" for name in written]
    done = subprocess.run(["git", "check-ignore", *paths], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == paths
