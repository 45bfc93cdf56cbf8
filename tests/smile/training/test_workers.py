"""Two gloo workers train the model that one trains with the joined batches, whatever the terms."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.places import ROOT

SCRIPT = Path(__file__).with_name("pretrain_worker.py")

#: Biases that cancel out: in a softmax, or in a correlation. Their gradient is rounding noise, which Adam scales up.
WITHOUT_FORCE = ("key.bias", "score.bias", "projection.3.bias")


@pytest.fixture(scope="module")
def alone() -> ModuleType:
    """The worker's program, to be run here as the only worker."""
    specification = importlib.util.spec_from_file_location("pretrain_worker", SCRIPT)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which two workers left what they computed."""
    folder = tmp_path_factory.mktemp("together")
    command = [sys.executable, str(SCRIPT)]
    processes = [
        subprocess.Popen([*command, str(rank), "2", str(folder)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
        for rank in range(2)
    ]
    assert [process.wait(timeout=240) for process in processes] == [0, 0]
    return folder


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.slow
def test_two_workers_train_what_one_trains(together: Path, alone: ModuleType) -> None:
    expected = alone.run()
    assert json.loads((together / "0.json").read_text()) == list(expected)
    for number, (case, model) in enumerate(expected.items()):
        first, second = (load_file(together / f"{rank}-{number}.safetensors") for rank in range(2))
        for name, value in model.state_dict().items():
            assert torch.equal(first[name], second[name]), (case, name)
            if not name.endswith(WITHOUT_FORCE):
                torch.testing.assert_close(first[name], value, rtol=1e-3, atol=1e-4, msg=f"{case}: {name}")


def distance(one: dict[str, Tensor], other: dict[str, Tensor], kind: str) -> float:
    """Norm of the difference of all tensors of a kind, as a fraction of their norm."""
    names = [name for name in one if name.startswith(kind) and not name.endswith(WITHOUT_FORCE)]
    assert names and one.keys() == other.keys()
    rows = [torch.cat([tensors[name].double().ravel() for name in names]) for tensors in (one, other)]
    return float((rows[0] - rows[1]).norm() / rows[0].norm())


@pytest.mark.slow
def test_loss_gradients_and_weights_agree_for_any_number_of_views(together: Path, alone: ModuleType) -> None:
    torch.set_num_threads(1)
    for views, expected in alone.look().items():
        found = load_file(together / f"0-views{views}.safetensors")
        distances = {kind: distance(expected, found, kind) for kind in ("loss", "gradient", "weight")}
        print(views, distances)
        assert distances["loss"] < 1e-5 and distances["gradient"] < 1e-5 and distances["weight"] < 1e-3, views
