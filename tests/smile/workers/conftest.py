"""The settings of small runs, as the tests of training have them."""

from tests.smile.training.conftest import easy_task, small

__all__ = ["easy_task", "small"]
