"""TABLES of suites and budgets: what is measured together, and how much work a run does; see table.py, budgets.py."""

from bench.suites.budgets import BUDGETS, Budget, choose_budget, make_config
from bench.suites.choosing import (
    ALL,
    EVERY,
    choose_probes,
    choose_protocols,
    choose_suite,
    choose_suites,
    share_data,
)
from bench.suites.suite import CONDITION_NAMES, Suite
from bench.suites.table import MAIN_PROTOCOLS, SUITES

__all__ = [
    "ALL",
    "BUDGETS",
    "CONDITION_NAMES",
    "EVERY",
    "MAIN_PROTOCOLS",
    "SUITES",
    "Budget",
    "Suite",
    "choose_budget",
    "choose_probes",
    "choose_protocols",
    "choose_suite",
    "choose_suites",
    "make_config",
    "share_data",
]
