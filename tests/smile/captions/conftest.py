"""The folders of pretrained towers that the tests of the model make as well."""

from tests.smile.model.conftest import two_tower_folder

__all__ = ["two_tower_folder"]
