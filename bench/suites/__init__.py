"""TABLES of suites and budgets: what is measured together, and how much work a run does; see table.py, budgets.py."""

from bench.suites.budgets import BUDGETS, Budget, choose_budget, make_config
from bench.suites.choosing import choose_probes, choose_protocols, choose_suite
from bench.suites.suite import CONDITION_NAMES, Suite
from bench.suites.table import MAIN_PROTOCOLS, SUITES

__all__ = [
    "BUDGETS",
    "CONDITION_NAMES",
    "MAIN_PROTOCOLS",
    "SUITES",
    "Budget",
    "Suite",
    "choose_budget",
    "choose_probes",
    "choose_protocols",
    "choose_suite",
    "make_config",
]
