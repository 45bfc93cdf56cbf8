"""cluster.yaml is what Ray accepts, asks for the token everywhere, and opens nothing to the world."""

import copy
import importlib.util
import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.places import ROOT

FILE = ROOT / "cluster.yaml"
TEXT = FILE.read_text()
CLUSTER = yaml.safe_load(TEXT)


@pytest.fixture(scope="module")
def schema():
    (ray,) = importlib.util.find_spec("ray").submodule_search_locations
    return json.loads((Path(ray) / "autoscaler" / "ray-schema.json").read_text())


def node_types():
    return CLUSTER["available_node_types"].items()


def test_rays_own_schema_accepts_it(schema):
    jsonschema.validate(CLUSTER, schema)


@pytest.mark.parametrize(
    "path", [(), ("auth",), ("available_node_types", "gpu")], ids=["the top", "the login", "a node type"]
)
def test_rays_own_schema_refuses_a_misspelt_key(schema, path):
    wrong = copy.deepcopy(CLUSTER)
    place = wrong
    for key in path:
        place = place[key]
    place["max_wrokers"] = 2
    with pytest.raises(jsonschema.ValidationError, match="max_wrokers"):
        jsonschema.validate(wrong, schema)


def test_nothing_is_open_to_the_world():
    assert "0.0.0.0" not in TEXT
    assert "::/0" not in TEXT


def test_every_node_names_its_security_group_so_that_ray_makes_none():
    # Ray adds its rule "ssh from anywhere" to the group that it makes for a node type without one,
    # also where provider.security_group lists rules.
    assert "security_group" not in CLUSTER["provider"]
    for name, node in node_types():
        assert node["node_config"]["SecurityGroupIds"], name


def test_what_the_user_must_fill_in_is_refused_by_aws_until_then():
    for name, node in node_types():
        assert node["node_config"]["SecurityGroupIds"] == ["sg-REPLACE"], name
        assert node["node_config"]["ImageId"] == "ami-REPLACE", name


@pytest.mark.parametrize("which", ["head_start_ray_commands", "worker_start_ray_commands"])
def test_ray_starts_with_the_token_asked_for(which):
    starts = [command for command in CLUSTER[which] if "ray start" in command]
    assert len(starts) == 1
    assert "RAY_AUTH_MODE=token " in starts[0]


def test_every_node_gets_the_token_file_for_its_owner_alone():
    assert CLUSTER["file_mounts"]["~/.ray/auth_token"] == "~/.ray/auth_token"
    assert any("chmod 600 ~/.ray/auth_token" in command for command in CLUSTER["setup_commands"])


def test_no_token_is_written_down():
    assert "RAY_AUTH_TOKEN=" not in TEXT


def test_the_project_comes_from_the_lock_file():
    installs = [c for c in CLUSTER["setup_commands"] + CLUSTER["head_setup_commands"] if "pip install" in c]
    assert installs
    assert all("-c ~/smile-fer4d/requirements.lock" in command for command in installs)


def test_workers_are_gpus_on_the_spot_market_that_come_and_go():
    gpu = CLUSTER["available_node_types"]["gpu"]
    assert gpu["resources"]["GPU"] == 1
    assert gpu["min_workers"] == 0
    assert gpu["max_workers"] == CLUSTER["max_workers"] == 8
    assert gpu["node_config"]["InstanceMarketOptions"]["MarketType"] == "spot"
