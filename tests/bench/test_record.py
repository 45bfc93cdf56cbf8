"""A record comes back as it was written, or is refused."""

import dataclasses
import json
import shutil

import pytest

from bench.audit.captions import CaptionAudit
from bench.record import identify, read_record, read_records, record_path, write_record
from bench.statistics.intervals import Score
from smile.digests import digest
from smile.errors import BadFile
from tests.smile.data.formats.mutants import TEXT, mutants


def test_a_record_comes_back_equal_from_the_path_that_repeats_what_it_is(tmp_path, make_record, skipped):
    record = make_record(skipped=skipped)
    path = write_record(tmp_path, record)
    assert (
        path
        == tmp_path / "records" / "fer4d" / "synthetic" / "tenfold" / "clean" / "linear_probe" / "seed_0" / "alpha.json"
    )
    assert read_record(path) == record


def test_same_record_same_bytes(tmp_path, make_record):
    first = write_record(tmp_path / "a", make_record()).read_bytes()
    assert write_record(tmp_path / "b", make_record()).read_bytes() == first


@pytest.mark.parametrize("keep", [0, 1, 100, -2])
def test_a_truncated_record_is_refused(tmp_path, make_record, keep):
    path = write_record(tmp_path, make_record())
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(BadFile, match=r"alpha\.json"):
        read_record(path)


@pytest.mark.parametrize("text", ["[]", "null", "{}", '"text"', '{"schema": 3, "checksum": ""}'])
def test_json_that_is_no_record_is_refused(tmp_path, text):
    path = tmp_path / "alpha.json"
    path.write_text(text)
    with pytest.raises(BadFile):
        read_record(path)


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": 5, "checksum": "", "seconds": 1e999}',
        '{"schema": 5, "checksum": "", "seconds": NaN}',
        '{"schema": 5, "setting": ' + "[" * 50_000,
        '{"schema": 5, "setting": ' + "[" * 900 + "]" * 900 + "}",
        '{"schema": [5], "checksum": {}}',
    ],
)
def test_text_that_would_break_a_reader_is_refused(tmp_path, text):
    path = tmp_path / "alpha.json"
    path.write_text(text)
    with pytest.raises(BadFile, match=r"it is computed again by the command that wrote it$"):
        read_record(path)


@pytest.mark.parametrize(
    "change",
    [
        {"metrics": None},
        {"groups": [{}]},
        {"predictions": [3]},
        {"setting": {"suite": "fer4d"}},
        {"skipped": {"a": "b"}},
        {"foreign": 1},
    ],
)
def test_a_record_that_is_whole_and_no_record_of_ours_is_refused(tmp_path, make_record, change):
    path = write_record(tmp_path, make_record())
    content = {**json.loads(path.read_text()), **change}
    del content["checksum"]
    path.write_text(json.dumps({**content, "checksum": digest(content, 64)}))
    with pytest.raises(BadFile, match=r"not a record \(.*\); it is computed again"):
        read_record(path)


@pytest.mark.parametrize("field", ["seed", "clips", "rounds", "seconds"])
def test_no_count_of_a_record_is_less_than_nothing(tmp_path, make_record, field):
    path = write_record(tmp_path, make_record())
    content = json.loads(path.read_text())
    (content["setting"] if field == "seed" else content)[field] = -1
    del content["checksum"]
    path.write_text(json.dumps({**content, "checksum": digest(content, 64)}))
    with pytest.raises(BadFile, match=rf"{field}: -1.* is not at least 0"):
        read_record(path)


def leaves(content, way=()):
    """The way to each value that is no list and no mapping."""
    if isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield from leaves(value, (*way, key))
    else:
        yield way


def test_a_value_of_another_kind_is_refused_whatever_the_checksum_says(tmp_path, make_record, skipped):
    path = write_record(tmp_path, make_record(skipped=skipped))
    whole = json.loads(path.read_text())
    ways = [way for way in leaves(whole) if way[0] not in ("schema", "checksum") and way[:2] != ("setting", "config")]
    ways = [way for way in ways if not any(type(part) is int and part > 0 for part in way)]  # the first of each list
    assert len(ways) > 30
    for way in ways:
        content = json.loads(path.read_text())
        *above, key = way
        place = content
        for part in above:
            place = place[part]
        place[key] = 1.5 if isinstance(place[key], str) else "text"
        del content["checksum"]
        other = tmp_path / "changed.json"
        other.write_text(json.dumps({**content, "checksum": digest(content, 64)}))
        with pytest.raises(BadFile, match=r"not a record \(.*1\.5|text.* is not "):
            read_record(other)


def test_no_mutant_is_taken_for_the_record(tmp_path, make_record):
    path = write_record(tmp_path, make_record())
    record = read_record(path)
    for name, damaged in mutants(path.read_bytes(), TEXT, count=100):
        path.write_bytes(damaged)
        try:
            assert read_record(path) == record, name  # 1.0 for 1 is the same number
        except BadFile as error:
            assert "\n" not in str(error), name


def test_a_score_changed_by_hand_is_refused(tmp_path, make_record):
    path = write_record(tmp_path, make_record(accuracy=0.5))
    path.write_text(path.read_text().replace('"value": 0.5', '"value": 0.9'))
    with pytest.raises(BadFile, match="checksum: does not fit the content"):
        read_record(path)


def test_another_schema_is_refused(tmp_path, make_record):
    path = write_record(tmp_path, make_record())
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 0}))
    with pytest.raises(BadFile, match="schema: 0 instead of 6"):
        read_record(path)


def test_damaged_files_are_named_and_unfinished_writes_ignored(tmp_path, make_record):
    good = make_record("beta")
    write_record(tmp_path, good)
    bad = write_record(tmp_path, make_record("alpha"))
    bad.write_text("{")
    bad.with_name(".alpha.json.x1y2.json").write_text("{")
    records, damaged = read_records(tmp_path, "fer4d")
    assert records == [good]
    assert [error.file for error in damaged] == [bad]


@pytest.mark.parametrize(
    "change",
    [
        {"suite_version": 2},
        {"data_set": "bu4dfe"},
        {"protocol": "other"},
        {"protocol_version": 2},
        {"protocol_hash": "x"},
        {"condition": "occluded"},
        {"probe": "other"},
        {"budget": "full"},
        {"seed": 1},
        {"config": {"training": {"epochs": 2}}},
        {"data_hash": "x"},
        {"folds_hash": "x"},
        {"source_hash": "x"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_identity_changes_with_everything_that_decides_a_result(make_record, change):
    setting = make_record().setting
    assert identify(dataclasses.replace(setting, **change), "alpha", "") != identify(setting, "alpha", "")
    assert identify(setting, "beta", "") != identify(setting, "alpha", "") != identify(setting, "alpha", "other code")
    assert identify(dataclasses.replace(setting), "alpha", "") == identify(setting, "alpha", "")


def test_the_path_names_suite_data_set_protocol_probe_and_method(tmp_path, make_record):
    setting = make_record(data_set="bu4dfe").setting
    assert record_path(tmp_path, setting, "beta").relative_to(tmp_path).as_posix() == (
        "records/fer4d/bu4dfe/tenfold/clean/linear_probe/seed_0/beta.json"
    )


def test_the_audit_of_captions_is_kept(tmp_path, make_record):
    audit = CaptionAudit(clips=60, silent=2, distinct=40, information=0.5, adjusted=0.25, accuracy=None)
    record = make_record(captions=audit)
    assert read_record(write_record(tmp_path, record)) == record


@pytest.mark.parametrize("name", ["alpha (1)", "alpha-conflict", "beta"])
def test_a_copy_of_a_record_is_no_further_seed(tmp_path, make_record, name):
    path = write_record(tmp_path, make_record())
    shutil.copy(path, path.with_name(f"{name}.json"))
    records, damaged = read_records(tmp_path, "fer4d")
    assert records == [make_record()] and len(damaged) == 1
    assert f"{name}.json: holds what belongs in records/fer4d/" in str(damaged[0])


def test_a_record_of_another_seed_does_not_stand_in_the_folder_of_this_one(tmp_path, make_record):
    path = write_record(tmp_path, make_record())
    path.parent.rename(path.parent.with_name("seed_1"))
    assert read_records(tmp_path)[0] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metrics": {}}, "neither a result nor a reason"),
        ({"metrics": {"macro_f1": Score(0.5, 0.4, 0.6)}}, "metrics: no accuracy"),
    ],
)
def test_a_record_that_says_nothing_to_rank_by_is_refused(tmp_path, make_record, changes, said):
    path = write_record(tmp_path, dataclasses.replace(make_record(), **changes))
    with pytest.raises(BadFile, match=said):
        read_record(path)
