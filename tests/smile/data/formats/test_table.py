"""One reader of tables for all doors: what spreadsheets write anywhere is read, and nothing is guessed."""

import codecs
import os

import openpyxl
import pytest

from smile.data.action_units import read_coding
from smile.data.formats.table import parse_whole, read_table
from smile.errors import BadFile
from smile.sets.fourdme_table import read_label_rows
from smile.sets.manifest import read_manifest
from tests.smile.data.disk_scans import add_scan

ROWS = [["path", "subject", "label"], ["a.obj", "Zoë, the 2nd", "joy"], ["b.obj", "Łukasz", "fear"]]


def text_of(separator, quote='"'):
    cells = [[f"{quote}{cell}{quote}" if separator in cell else cell for cell in row] for row in ROWS]
    return "".join(separator.join(row) + "\r\n" for row in cells)


def read(tmp_path, content, name="table.csv"):
    (tmp_path / name).write_bytes(content)
    return [cells for _, cells in read_table(tmp_path / name, "mend it")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: (text + "\x1a").encode(),
        lambda text: (text + "\x1a\r\n").encode("utf-8-sig"),
        lambda text: text.replace("\r\n", "\r").encode(),
    ],
)
def test_a_table_says_the_same_in_every_encoding_and_with_every_separator(tmp_path, separator, encode):
    assert read(tmp_path, encode(text_of(separator))) == ROWS


@pytest.mark.parametrize("columns", [20_000, 100_000])
def test_a_line_of_very_many_columns_is_read_or_refused_and_never_a_trace(tmp_path, columns):
    wide = ",".join(f"column{number}" for number in range(columns))
    content = f"path,subject,label,{wide}\na.obj,s,l{',' * columns}\n".encode()
    assert [len(cells) for cells in read(tmp_path, content)] == [columns + 3] * 2
    with pytest.raises(BadFile, match="line 1: field larger than field limit"):
        read(tmp_path, b"a" * 200_000 + b",b\n1,2\n")


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\u2028", "\x1b", "\x9b"])
def test_what_turns_a_line_around_on_a_terminal_is_no_name(tmp_path, letter):
    with pytest.raises(BadFile, match=r"line 2, column 2: .* is a control character") as caught:
        read(tmp_path, f"path,subject\na.obj,s{letter}t\n".encode())
    assert str(caught.value).isascii()


def test_a_first_line_may_state_the_separator(tmp_path):
    assert read(tmp_path, b"sep=;\na,b;c\n1;2\n") == [["a,b", "c"], ["1", "2"]]
    assert read(tmp_path, b"sep=|\na|b\n") == [["a", "b"]]


def test_cells_that_hold_the_other_separators_do_not_decide(tmp_path):
    assert read(tmp_path, b"path,subject\na.obj,x;y;z;w\n") == [["path", "subject"], ["a.obj", "x;y;z;w"]]
    assert read(tmp_path, b'path;subject\n"a;b.obj";x,y,z\n') == [["path", "subject"], ["a;b.obj", "x,y,z"]]
    assert read(tmp_path, b"Labels of 2020\nsub_ID;fold_name\n1;2\n")[1:] == [["sub_ID", "fold_name"], ["1", "2"]]


@pytest.mark.parametrize("code", ["cp1251", "cp1252", "cp1250", "gbk", "shift_jis", "mac_roman"])
def test_bytes_of_a_code_page_are_refused_with_their_place_and_never_replaced(tmp_path, code):
    word = {"cp1251": "Анна", "gbk": "悲伤", "shift_jis": "喜"}.get(code, "Zoé")
    content = b"path,subject\r\na.obj,ok\r\nb.obj," + word.encode(code)
    with pytest.raises(BadFile, match=r"line 3, byte \d+: b'.+' is no UTF-8; save the file anew as UTF-8") as caught:
        read(tmp_path, content)
    at = int(caught.value.place.split()[-1])
    assert at >= content.index(b"b.obj,") + 6
    with pytest.raises(BadFile, match="is no UTF-16"):
        read(tmp_path, codecs.BOM_UTF16_LE + "a,b\n".encode("utf-16-le") + b"\0")


@pytest.mark.parametrize("strange", ["\x1b[31m", "\x07", "\x9b2J", "\0"])
def test_what_a_terminal_would_obey_is_no_text(tmp_path, strange):
    with pytest.raises(BadFile, match=r"line 2, column 2: .* is a control character, no text; delete it"):
        read(tmp_path, f"path,subject\na.obj,a{strange}b\n".encode())
    if strange != "\0":
        return
    with pytest.raises(BadFile, match=r"line 1, column 1.*save the file as UTF-8"):
        read(tmp_path, "path,subject\n".encode("utf-16-le"))


def test_a_quotation_mark_that_nothing_closes_does_not_swallow_the_rest(tmp_path):
    with pytest.raises(BadFile, match="line 3: unexpected end of data; mend it"):
        read(tmp_path, b'path,subject\na.obj,"x\nb.obj,y\n')


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS"),
        (b"\x1f\x8b\x08\0", "packed by gzip"),
    ],
)
def test_a_table_that_is_something_else_is_called_what_it_is(tmp_path, head, reason):
    for name in ("table.csv", "table.xlsx"):
        with pytest.raises(BadFile, match=reason):
            read(tmp_path, head, name)


def test_a_pipe_is_not_waited_for(tmp_path):
    for name in ("table.csv", "table.xlsx"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(BadFile, match="a pipe, no file"):
            read_table(tmp_path / name, "mend it")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("7", 7),
        ("7.0", 7),
        ("007.", 7),
        ("7,00", 7),
        ("7.5", None),
        ("", None),
        ("-1", None),
        ("٣", None),
        ("1e3", None),
    ],
)
def test_a_whole_number_may_have_zeros_behind_its_point(cell, number):
    assert parse_whole(cell) == number


def test_every_door_reads_the_same_tables(tmp_path):
    for number in (1, 2):
        add_scan(tmp_path / f"{number}.obj", number)
    rows = [["Path", "SUBJECT", "label", "frame"], ["2.obj", "s", "joy", "2.0"], ["1.obj", "s", "joy", "1.0"]]
    for separator in ";\t,":
        (tmp_path / "m.csv").write_text("\n".join(separator.join(row) for row in rows), encoding="utf-16")
        (clip,) = read_manifest(tmp_path / "m.csv").clips
        assert [scan.vertices[:, 0].max() for scan in clip.frames] == [1, 2]
        codes = [["0", "AU12"], ["1.0", "0.0"], ["2.0", "1.0"]]
        (tmp_path / "a.csv").write_text("\n".join(separator.join(row) for row in codes), encoding="utf-8-sig")
        assert read_coding(tmp_path / "a.csv").summarise() == {"12": 0.5}
        labels = [
            ["sub_ID", "fold_name", "Emotion", "Onset", "Apex", "Offset"],
            ["S1", "c", "Positive", "1.0", "2.0", "3"],
        ]
        (tmp_path / "l.csv").write_text("\n".join(separator.join(row) for row in labels), encoding="utf-16")
        ((row,), faults) = read_label_rows(tmp_path / "l.csv")
        assert (row.onset, row.apex, row.offset, faults) == (1, 2, 3, [])


def test_a_workbook_is_held_to_the_same_rules(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["path", 3.0, "Łukasz "])
    book.save(tmp_path / "t.xlsx")
    assert read_table(tmp_path / "t.xlsx", "") == [(1, ["path", "3", "Łukasz"])]
