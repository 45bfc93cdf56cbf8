"""A command that starts workers waits for no library and no helper that only the workers or others need."""

import json
import subprocess
import sys
import warnings
from functools import partial
from importlib import import_module

import pytest

from smile.workers.process_group import UseDevice, torch_config
from smile.workers.trainer import lean_trainer
from tests.places import ROOT

#: Take seconds to import, or start programs.
HEAVY = {"torch", "transformers", "trimesh", "sklearn", "pandas", "pyarrow"}


def import_anew(code):
    """Which heavy libraries a new process holds after the code."""
    told = f"import json, sys\n{code}\nprint(json.dumps(sorted(set(sys.modules) & {HEAVY})))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, cwd=ROOT, check=True)
    return set(json.loads(done.stdout))


def test_who_starts_workers_and_who_passes_a_job_on_imports_nothing_heavy():
    assert import_anew("import smile.workers.launch, smile.workers.job, smile.commands.train") == set()


@pytest.mark.slow
def test_rays_controller_imports_nothing_heavy_for_the_group_of_the_workers():
    write = "import ray.cloudpickle\nfrom smile.workers.process_group import torch_config\n"
    write += "print(ray.cloudpickle.dumps(torch_config()).hex())"
    done = subprocess.run([sys.executable, "-c", write], capture_output=True, text=True, cwd=ROOT, check=True)
    read = f"import ray.cloudpickle\nray.cloudpickle.loads(bytes.fromhex('{done.stdout.strip()}')).backend_cls()"
    assert import_anew(read) & {"torch", "transformers"} == set()


@pytest.fixture(scope="module")
def kinds():
    """Alone or not -> names of the callbacks and of the policy of a trainer, and where the workers are controlled."""
    scaling = import_module("ray.train").ScalingConfig(num_workers=2)
    policies = import_module("ray.train.v2._internal.execution.scaling_policy")
    found = {}
    for alone in (True, False):
        given = {}

        class Trainer(lean_trainer(alone)):
            pass

        base = Trainer.__mro__[2]
        trainer = Trainer(print, backend_config=torch_config(), scaling_config=scaling)
        with pytest.MonkeyPatch.context() as patched:
            note = partial(given.update, where="Ray")
            patched.setattr(base, "_initialize_and_run_controller", lambda _, note=note, **more: note(more))
            patched.setattr("smile.workers.trainer._control_here", partial(given.update, where="here"))
            trainer._initialize_and_run_controller(scaling_policy=policies.create_scaling_policy(scaling))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Ray copies settings of its own that it has deprecated
            callbacks = {type(one).__name__ for one in trainer._create_default_callbacks()}
        found[alone] = (callbacks, type(given["scaling_policy"]).__name__, given["where"])
    return found


def test_only_helpers_without_work_are_left_out(kinds):
    alone, shared = kinds[True][0], kinds[False][0]
    assert {"BackendSetupCallback", "UserCallbackHandler", "AcceleratorSetupCallback"} <= alone < shared
    assert shared - alone == {"PlacementGroupCleanerCallback"}  # the place of a killed run on the cluster of others
    assert "DatasetsCallback" not in shared


def test_only_who_is_alone_asks_for_no_nodes(kinds):
    assert (kinds[True][1], kinds[False][1]) == ("Still", "FixedScalingPolicy")


def test_only_who_is_alone_controls_the_workers_in_its_own_process(kinds):
    assert (kinds[True][2], kinds[False][2]) == ("here", "Ray")


class Group:
    """Stands for Ray's group of workers: notes what each is told to do."""

    def __init__(self, gpus, size=3):
        self.gpus, self.size, self.told = gpus, size, []

    def __len__(self):
        return self.size

    def get_resources_per_worker(self):
        return {"CPU": 1, "GPU": self.gpus}

    def execute(self, act, *given):
        self.told.append(("all", act.__name__, given))

    def execute_single(self, rank, act, *given):
        self.told.append((rank, act.__name__, given))
        return "10.0.0.1", 4321

    def execute_single_async(self, rank, act, *given):
        self.told.append((rank, act.__name__, given))


@pytest.mark.parametrize(("gpus", "chosen", "speech"), [(0, None, "gloo"), (1, None, "nccl"), (1, "gloo", "gloo")])
def test_all_workers_meet_where_the_first_opened_the_place(monkeypatch, gpus, chosen, speech):
    ray = import_module("ray")
    monkeypatch.setattr(ray, "get", lambda found: found)
    monkeypatch.setattr(ray, "get_runtime_context", lambda: type("Context", (), {"gcs_address": "10.0.0.1:6379"}))
    config, group = torch_config(), Group(gpus)
    config.backend = chosen
    config.backend_cls().on_start(group, config)
    head = ("10.0.0.1:6379",)
    assert group.told[:2] == [("all", "_get_ready", head), (0, "open_store", head)]
    assert group.told[2:] == [(rank, "_join", (speech, rank, 3, "10.0.0.1", 4321)) for rank in range(3)]
    assert config.train_func_context is UseDevice
