"""Small campaigns for the tests of this folder, and what their records say."""

import json

import pytest

from bench.board import Campaign
from bench.campaign import run_together
from bench.suites import choose_budget, choose_suite, make_config

FLOORS = ("chance", "majority", "pixels", "landmarks")


def run_campaign(campaign, *given, **more):
    return run_together([campaign], *given, **more)


class Quiet:
    """A reporter that remembers the lines."""

    def __init__(self):
        self.lines = []

    def __call__(self, what, done, total):
        assert done <= total, what

    def stride(self, what, done, total, words):
        assert done <= total, (what, words)

    def say(self, line):
        self.lines.append(line)


def forbid(*_, **__):
    pytest.fail("measured again")


def campaign_in(out, methods=FLOORS, budget="standard", protocols=(), **changes):
    suite = choose_suite("fer4d", methods)
    config = make_config(suite, choose_budget(budget), changes)
    return Campaign(suite, choose_budget(budget), config, out, "python -m bench.run", protocols)


def accuracies(records):
    return {record.method: record.metrics["accuracy"].value for record in records}


def content_without_costs(out):
    """Everything that the records say, seconds, memory and checksums aside."""
    found = {}
    for path in sorted((out / "records").rglob("*.json")):
        content = json.loads(path.read_text())
        del content["seconds"], content["checksum"]
        if content["cost"]:
            del content["cost"]["memory"]
        found[path.name] = content
    return found
