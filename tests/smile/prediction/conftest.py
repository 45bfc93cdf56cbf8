"""A model that was trained for a moment on made clips, and those clips as meshes in folders."""

from pathlib import Path

import pytest

from smile.run import main

#: Quick to train, and enough to be told from chance by a probe.
SETTINGS = ("training.epochs=8", "training.batch_size=12", "rendering.image_size=48")


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data/ (a BU-4DFE tree of made faces) and model/."""
    folder = tmp_path_factory.mktemp("prediction")
    made = ["--subjects", "5", "--frames", "5"]
    assert main(["export", *made, "--format", "bu4dfe", "--out", str(folder / "data")]) == 0
    given = [word for setting in SETTINGS for word in ("--set", setting)]
    cache = ["--cache", str(folder / "cache")]
    data = ["--data", f"bu4dfe={folder / 'data'}"]
    assert main(["train", *data, *given, *cache, "--out", str(folder / "model")]) == 0
    return folder
