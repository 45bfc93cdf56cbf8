"""Ranks over data sets, beside what scikit-posthocs says of the same scores."""

import numpy as np
import pytest
from scipy.stats import friedmanchisquare

from bench.statistics.ranks import rank_methods

#: Scores of five methods on nine data sets.
SCORES = {
    "a": [0.884, 0.9022, 0.9055, 0.8654, 0.8857, 0.9166, 0.8742, 0.8921, 0.9234],
    "b": [0.8535, 0.8689, 0.8553, 0.8783, 0.8911, 0.8471, 0.8804, 0.8582, 0.8943],
    "c": [0.795, 0.7843, 0.7808, 0.7767, 0.7987, 0.7949, 0.7992, 0.7729, 0.76],
    "d": [0.7984, 0.805, 0.822, 0.7774, 0.7782, 0.7704, 0.7839, 0.7945, 0.7954],
    "e": [0.5227, 0.5327, 0.5041, 0.4902, 0.5082, 0.4965, 0.479, 0.4778, 0.478],
}
#: scikit_posthocs.posthoc_wilcoxon(p_adjust="holm") 0.17.1 on these; every other pair is 0.0390625.
POSTHOC = {("a", "b"): 0.109375, ("d", "c"): 0.359375}


def test_ranks_tests_and_groups_are_those_of_a_library():
    found = rank_methods(SCORES)
    assert found.methods == ("a", "b", "d", "c", "e")
    assert found.ranks == pytest.approx((12 / 9, 15 / 9, 30 / 9, 33 / 9, 5.0))
    assert found.friedman == pytest.approx(friedmanchisquare(*SCORES.values()).pvalue)
    assert len(found.p) == 10
    assert found.p == pytest.approx({pair: POSTHOC.get(pair, 0.0390625) for pair in found.p})
    assert found.cliques == (("a", "b"), ("d", "c"))


def test_order_of_methods_and_of_data_sets_changes_nothing():
    turned = {name: SCORES[name][::-1] for name in "edcba"}
    assert rank_methods(turned) == rank_methods(SCORES)


def test_where_lower_is_better_the_last_is_first():
    found = rank_methods(SCORES, lower_is_better=True)
    assert found.methods == ("e", "c", "d", "b", "a")
    assert found.cliques == (("c", "d"), ("b", "a"))


def test_five_data_sets_can_tell_no_pair_apart_and_it_is_said_how_little_they_can():
    found = rank_methods({name: values[:5] for name, values in SCORES.items()})
    assert found.smallest == 0.0625
    assert min(found.p.values()) >= found.smallest
    assert found.cliques == (found.methods,)


def test_equal_scores_share_a_rank_and_are_never_told_apart():
    found = rank_methods({name: [0.5, 0.6, 0.7] for name in "xyz"})
    assert found.ranks == (2.0, 2.0, 2.0)
    assert (found.friedman, set(found.p.values())) == (1.0, {1.0})


def test_groups_that_overlap_are_both_named():
    spread = np.linspace(0, 0.01, 8)
    jitter = np.array([3, -3, 3, -3, 3, -3, 3, -3]) * 0.01
    scores = {"a": 0.9 + spread, "b": 0.89 + spread + jitter, "c": 0.88 + 2 * spread, "d": 0.2 + spread}
    found = rank_methods({name: list(values) for name, values in scores.items()})
    assert found.methods[-1] == "d"
    assert all("d" not in clique for clique in found.cliques)
    told = {frozenset(pair) for pair, p in found.p.items() if p < 0.05}
    for clique in found.cliques:
        assert not any(set(pair) <= set(clique) for pair in told)


@pytest.mark.parametrize("scores", [{}, {"a": [1, 2, 3], "b": [1, 2, 3]}, {"a": [1, 2], "b": [2, 3], "c": [4, 5]}])
def test_with_too_few_there_is_no_ranking(scores):
    assert rank_methods(scores) is None
