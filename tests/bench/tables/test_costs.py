"""What a method costs stands in a table of its own, where its record says so."""

from bench.methods.cost import Cost
from bench.suites import SUITES
from bench.tables.markdown import render
from tests.bench.tables.test_markdown import cell


def test_costs_are_those_of_the_records_and_memory_the_most_of_all_seeds(make_record):
    cost = {"parameters": 2_345_678, "gflops": 0.0123456, "steps": 40, "pictures": 3840}
    records = [make_record(seed=seed, cost=Cost(**cost, memory=1.0 + seed), seconds=30.0) for seed in (0, 1)]
    text = render(SUITES["fer4d"], [*records, make_record("beta", cost=Cost(0, 0.0, 0, 0))])
    below = text[text.index("### Cost") :]
    columns = ("parameters", "GFLOPs", "steps", "pictures", "memory", "seconds")
    assert [cell(below, "Alpha", name) for name in columns] == ["2.35", "0.01235", "40", "3840", "2.00", "30"]
    assert [cell(below, "Beta", name) for name in columns[:4]] == ["-"] * 4


def test_records_that_do_not_say_have_no_table_of_costs(make_record):
    assert "### Cost" not in render(SUITES["fer4d"], [make_record()])
