"""Two gloo workers train the model that one trains with the joined batches, whatever the terms."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

SCRIPT = Path(__file__).with_name("pretrain_worker.py")
ROOT = Path(__file__).parents[3]

#: Biases that cancel out: in a softmax, or in a correlation. Their gradient is rounding noise, which Adam scales up.
WITHOUT_FORCE = ("key.bias", "score.bias", "projection.3.bias")


@pytest.mark.slow
def test_two_workers_train_what_one_trains(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT)]
    processes = [
        subprocess.Popen([*command, str(rank), "2", str(tmp_path)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
        for rank in range(2)
    ]
    specification = importlib.util.spec_from_file_location("pretrain_worker", SCRIPT)
    assert specification is not None and specification.loader is not None
    alone = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(alone)
    threads = torch.get_num_threads()
    expected = alone.run()
    torch.set_num_threads(threads)
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    assert json.loads((tmp_path / "0.json").read_text()) == list(expected)
    for number, (case, model) in enumerate(expected.items()):
        first, second = (load_file(tmp_path / f"{rank}-{number}.safetensors") for rank in range(2))
        for name, value in model.state_dict().items():
            assert torch.equal(first[name], second[name]), (case, name)
            if not name.endswith(WITHOUT_FORCE):
                torch.testing.assert_close(first[name], value, rtol=1e-3, atol=1e-4, msg=f"{case}: {name}")
