"""Collects what the page shows, as plain data: leaderboards, their methods, and what each record tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.examiner import CLEAN
from bench.figures.confusion import count_clips_by_class, list_classes
from bench.figures.places import confusion_place, has_confusion
from bench.figures.robustness import group_conditions
from bench.page.gallery import FULL, Gallery, embed_pictures
from bench.record import Record, record_path
from bench.standings import Standing, judge
from bench.statistics.ranking import probe_of
from bench.suites import Suite
from bench.tables.cells import name_metric, say_reason
from bench.tables.differences import tell_gain
from bench.tables.facts import describe_data, describe_protocol
from bench.tables.leaderboard import Leaderboard, find_leaders, group_records, is_best, list_metrics


def collect(results: Mapping[str, tuple[Suite, Sequence[Record]]], gallery: Gallery) -> dict[str, Any]:
    """Returns the leaderboards of all suites as plain data, for the script of the page.

    Names of clips and classes, which occur often, stand there as their numbers in `words`.
    """
    collector = _Collector(gallery)
    found: dict[str, Any] = {"boards": [], "figures": []}
    for suite, records in results.values():
        boards = group_records(suite, records)
        found["boards"] += [collector.collect_board(suite, board) for board in boards]
        for place, group in group_conditions(boards).items():
            found["figures"].append(
                {"name": f"{suite.name}: {group[0].first.data_set_title}", "place": place.as_posix()}
            )
    pictures, full = embed_pictures(gallery, [record for _, records in results.values() for record in records])
    numbered = {key: {collector.number(clip): one for clip, one in held.items()} for key, held in pictures.items()}
    return found | {"pictures": numbered, "full": FULL if full else "", "words": list(collector.words)}


class _Collector:
    """Collects leaderboards, and numbers the words that they share."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self.words: dict[str, int] = {}

    def number(self, word: str) -> int:
        """Returns the number of a word, the next one for a new word."""
        return self.words.setdefault(word, len(self.words))

    def collect_board(self, suite: Suite, board: Leaderboard) -> dict[str, Any]:
        """Returns a leaderboard as plain data."""
        names, best = list_metrics(board.standings), find_leaders(board.standings)
        verdicts = judge(board.standings, suite.references)
        reference = next((name for name in suite.references if any(other == name for _, other in verdicts)), "")
        titles = {standing.first.method: standing.first.title for standing in board.standings}
        facts = [describe_protocol(board.first), *describe_data(board.first)]
        setting = board.first.setting
        return {
            "suite": f"{suite.name}: {suite.title}",
            "data_set": board.first.data_set_title,
            "stand_in": bool(board.first.stand_in),
            "probe": setting.probe.replace("_", " "),
            "condition": "" if setting.condition == CLEAN else setting.condition.replace("_", " "),
            "heading": board.title,
            "facts": [fact.replace("**", "").replace("`", "") for fact in facts],
            "lower_is_better": probe_of(board.first).lower_is_better,
            "metrics": [{"key": name, "name": name_metric(board.first, name)} for name in names],
            "reference": titles.get(reference, ""),
            "figures": [{"name": name, "place": place.as_posix()} for name, place in board.overviews.items()],
            "rows": [
                {
                    **self._collect_row(standing, best),
                    "tied": standing.first.method in board.tied,
                    "gain": tell_gain(verdicts.get((standing.first.method, reference))),
                }
                for standing in board.standings
            ],
        }

    def _collect_row(self, standing: Standing, best: Mapping[str, float]) -> dict[str, Any]:
        first, place = standing.first, confusion_place(standing)
        return {
            "method": first.method,
            "title": first.title,
            "family": first.family,
            "knows": first.knows,
            "labels": first.uses_labels,
            "seconds": round(standing.seconds, 1),
            "reason": "" if standing.metrics else say_reason(first),
            "audit": standing.grade.colour if standing.metrics else "",
            "alarms": standing.grade.reason if standing.metrics else "",
            "scores": {name: [one.value, one.low, one.high] for name, one in standing.metrics.items()},
            "best": [name for name in standing.metrics if is_best(standing, name, best)],
            "figure": place.as_posix() if place else "",
            "confusion": _collect_confusion(standing),
            "records": [self._collect_record(record) for record in standing.records],
        }

    def _collect_record(self, record: Record) -> dict[str, Any]:
        unseen = self._gallery.explain(record)
        return {
            "seed": record.setting.seed,
            "place": record_path(Path(), record.setting, record.method).as_posix(),
            "command": record.command,
            "commit": record.commit,
            "device": record.device,
            "versions": ", ".join(f"{name} {version}" for name, version in record.versions.items()),
            "clips": record.clips,
            "subjects": record.subjects,
            "rounds": record.rounds,
            "folds": [{"tested": list(group.folds), "pretraining": len(group.pretraining)} for group in record.groups],
            "answers": len(record.predictions),
            "pictures": "" if unseen else record.setting.data_hash,
            "unseen": unseen,
            "wrong": self._list_wrong(record),
        }

    def _list_wrong(self, record: Record) -> list[list[int]]:
        """Returns (clip, fold, truth, prediction, rounds) of every wrong prediction, the most frequent first."""
        wrong = Counter(
            {
                (one.clip, one.fold, " + ".join(one.truth), " + ".join(one.predicted) or "nothing"): one.times
                for one in record.predictions
                if one.predicted != one.truth
            }
        )
        ranked = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))
        number = self.number
        return [[number(clip), fold, number(truth), number(said), n] for (clip, fold, truth, said), n in ranked]


def _collect_confusion(standing: Standing) -> dict[str, Any] | None:
    if not standing.scored or not has_confusion(standing):
        return None
    classes = list_classes([standing])
    return {"classes": classes, "counts": count_clips_by_class(standing, classes).round(1).tolist()}
