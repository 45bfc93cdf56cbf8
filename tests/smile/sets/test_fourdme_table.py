"""The labels of 4DME are read by column names, and its known errors are mended where they stand and nowhere else."""

import csv

import openpyxl
import pytest

from smile.errors import BadFile
from smile.sets.fourdme_table import RELEASE, RELEASED_ROWS, read_label_rows
from tests.smile.data.formats import mutants

HEAD = ("sub_ID", "fold_name", "Emotion", "Onset", "Apex", "Offset", "AUs")
LINE = ("S01", "001_01_1", "Surprise+Positive", 10, 15, 20, "AU1+2")


def write(path, lines, head=HEAD):
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([head, *lines])
        return path
    book = openpyxl.Workbook()
    for line in (head, *lines):
        book.active.append(line)
    book.save(path)
    return path


def release(folder, name=RELEASE, rows=RELEASED_ROWS, **cells):
    """A table of the size of the release; cells as apex_26=..., the units of each row tell its number."""
    lines = [["S01", f"{n:03d}", "Positive", 100, 110, 120, f"AU{n % 60 + 1}"] for n in range(rows)]
    for place, value in cells.items():
        column, _, row = place.partition("_")
        lines[int(row)][[name.lower() for name in HEAD].index(column)] = value
    return write(folder / name, lines)


@pytest.mark.parametrize("name", ["labels.xlsx", "labels.csv"])
def test_a_row_is_read(tmp_path, name):
    (row,), skipped = read_label_rows(write(tmp_path / name, [LINE]))
    assert (row.number, row.subject, row.folder, row.clip) == (0, "S01", "S01", "001_01_1")
    assert row.labels == ("Surprise", "Positive")
    assert (row.onset, row.apex, row.offset) == (10, 15, 20)
    assert (row.action_units, row.repairs, skipped) == ({"1": 1.0, "2": 1.0}, "", [])


def test_columns_are_found_by_name_wherever_they_stand(tmp_path):
    head = ("fold", "APEX", "aus", "Sub_id'", "emotion ", "eye blink", "Fold_Name", "AU1", "onset", "offset", "Apex")
    line = (1, 15.0, "AU4", 7, "negative", 0, "x", 1, 10.0, "20", 99)
    (row,), _ = read_label_rows(write(tmp_path / "a.xlsx", [line], head))
    assert (row.subject, row.clip, row.labels, row.onset, row.apex, row.offset) == ("7", "x", ("Negative",), 10, 15, 20)


def test_lines_of_sums_and_blank_lines_do_not_count_but_keep_the_numbers(tmp_path):
    lines = [LINE, (), ("S02", *LINE[1:]), ("", "", "", 20, 30, 40, "")]
    rows, skipped = read_label_rows(write(tmp_path / "a.xlsx", lines))
    assert ([row.number for row in rows], skipped) == ([0, 2], [])


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("AU4(k)+L7", ["L7"]),
        ("AUR2+12(k)+45", ["R2", "45"]),
        ("4+AU07", ["4", "7"]),
        ("AU6(K) + 12 +", ["12"]),
        ("12(k)", []),
        ("", []),
    ],
)
def test_units_that_are_merely_kept_do_not_count_and_sides_do(tmp_path, text, units):
    (row,), skipped = read_label_rows(write(tmp_path / "a.xlsx", [(*LINE[:6], text)]))
    assert (dict(row.action_units), skipped) == (dict.fromkeys(units, 1.0), [])


def test_faulty_units_are_named_and_the_others_used(tmp_path):
    (row,), (fault,) = read_label_rows(write(tmp_path / "a.xlsx", [(*LINE[:6], "AU1+smile+2")]))
    assert dict(row.action_units) == {"1": 1.0, "2": 1.0}
    assert fault.clip_id == "S01/001_01_1 (action units)"
    assert fault.file == str(tmp_path / "a.xlsx") and fault.reason.startswith("line 2: 'smile' is none")


@pytest.mark.parametrize("emotion", ["", "happy", "Positive+happy", "0"])
def test_a_row_without_a_usable_emotion_is_named(tmp_path, emotion):
    rows, (fault,) = read_label_rows(write(tmp_path / "a.csv", [LINE, ("S02", "x", emotion, *LINE[3:])]))
    assert len(rows) == 1
    assert (fault.clip_id, fault.file, fault.reason[:8]) == ("S02/x", str(tmp_path / "a.csv"), "line 3: ")


def test_columns_of_classes_stand_in_for_a_missing_emotion(tmp_path):
    head = (*HEAD[:2], "Positive", "Negative", "Surprise", "Repression", "Others", "Total")
    (row,), _ = read_label_rows(write(tmp_path / "a.xlsx", [("S01", "x", 0, 1, 0, 1, 0, 2)], head))
    assert (row.labels, row.onset, dict(row.action_units)) == (("Negative", "Repression"), None, {})


@pytest.mark.parametrize(
    ("folder", "person"),
    [
        ("S13_1st", "S13"),
        ("S13_2nd", "S13"),
        ("S49_2", "S49"),
        ("s58_1", "s58"),
        ("S07", "S07"),
        ("A_1", "A_1"),
        (12, "12"),
    ],
)
def test_a_person_who_came_twice_is_one_subject(tmp_path, folder, person):
    (row,), _ = read_label_rows(write(tmp_path / "a.xlsx", [(folder, *LINE[1:])]))
    assert (row.subject, row.folder) == (person, str(folder))


def test_the_apex_of_row_26_is_mended_only_where_it_is_out_of_bounds(tmp_path):
    bad = {"onset_26": 2480, "offset_26": 2500}
    for apex, wanted in ((2940, 2490), (2479, 2490), (2485, 2485)):
        rows, _ = read_label_rows(release(tmp_path, "a.xlsx", 40, apex_26=apex, **bad))
        assert rows[26].apex == wanted
        assert bool(rows[26].repairs) == (apex != wanted)
    rows, _ = read_label_rows(release(tmp_path, "a.xlsx", 40, apex_25=2940, onset_25=2480, offset_25=2500))
    assert (rows[25].apex, rows[25].repairs) == (2940, "")


def test_unreadable_units_of_two_rows_are_mended(tmp_path):
    rows, faults = read_label_rows(
        release(tmp_path, "a.xlsx", 180, aus_124="AU4(k)-L7", aus_171="AU12", aus_100="what")
    )
    assert dict(rows[124].action_units) == {"L7": 1.0} and "'AU4(k)-L7' -> 'AU4(k)+L7'" in rows[124].repairs
    assert dict(rows[171].action_units) == {"12": 1.0} and rows[171].repairs == ""
    assert [fault.clip_id for fault in faults] == ["S01/100 (action units)"]


def test_the_swapped_rows_of_the_release_are_put_right_and_those_of_no_other_table(tmp_path):
    def units(path, **options):
        rows, _ = read_label_rows(path, **options)
        return [next(iter(rows[number].action_units)) for number in (143, 144, 145, 146)]

    straight, mended = ["24", "25", "26", "27"], ["24", "26", "25", "27"]
    path = release(tmp_path)
    assert units(path) == mended
    assert "had changed places" in read_label_rows(path)[0][144].repairs
    assert units(path, recorded=False) == straight
    assert units(release(tmp_path, "4DME_Labelling_Micro_release v2.xlsx")) == straight
    assert units(release(tmp_path, rows=RELEASED_ROWS - 1)) == straight


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xlsx", b"", "no workbook"),
        ("a.xlsx", b"PK no zip", "no workbook"),
        ("a.csv", b"a,b\n1,2\n", "no columns sub_ID"),
        ("a.csv", b"", "no columns"),
        ("a.csv", b'sub_ID,fold_name\n"' + b"x" * 200_000, "field larger"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadFile, match=says):
        read_label_rows(tmp_path / name)


def test_a_workbook_that_would_fill_the_memory_is_refused_unopened(tmp_path, monkeypatch):
    path = write(tmp_path / "a.xlsx", [LINE] * 2000)
    monkeypatch.setattr("smile.data.formats.table._MOST_BYTES", 10_000)
    with pytest.raises(BadFile, match="10,000 are allowed"):
        read_label_rows(path)


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_no_mutant_crashes(tmp_path, name):
    content = write(tmp_path / name, [LINE] * 5).read_bytes()
    kinds = mutants.BINARY if name == "a.xlsx" else mutants.TEXT
    for _, damaged in mutants.mutants(content, kinds):
        (tmp_path / name).write_bytes(damaged)
        try:
            rows, _ = read_label_rows(tmp_path / name)
        except BadFile as error:
            assert error.reason
            continue
        assert all(row.labels and row.subject and row.clip for row in rows)
