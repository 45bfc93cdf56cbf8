"""Towers of others are asked for before rendering, and ours cost no import."""

import subprocess
import sys

import pytest

from smile.config import Model
from smile.errors import UserError
from smile.model.presets import IMAGE_PRESETS, TEXT_PRESETS
from smile.training.towers import OUR_TOWERS, refuse_unusable
from tests.places import ROOT


@pytest.mark.parametrize("change", ["model.embedding_size=16", "model.image_tower=small", "model.text_tower=base"])
def test_whoever_starts_workers_waits_for_no_library_that_reads_the_towers_of_others(change):
    code = "import sys; from smile.training.towers import refuse_unusable\n"
    code += "from smile.config import Config, override, parse_changes\n"
    code += f"refuse_unusable(override(Config(), parse_changes(['{change}'])).model)\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "False"


def test_our_own_towers_are_known_by_name():
    assert set(OUR_TOWERS) == set(IMAGE_PRESETS) == set(TEXT_PRESETS)


@pytest.mark.parametrize("half", ["image_tower", "text_tower"])
def test_a_folder_that_holds_no_tower_is_refused(half, tmp_path):
    with pytest.raises(UserError, match=tmp_path.name):
        refuse_unusable(Model(**{half: str(tmp_path)}))
