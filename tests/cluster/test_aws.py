"""Files of `ray up` are what Ray accepts, ask for the token everywhere, and open nothing to the world."""

import copy
import importlib.util
import json
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.places import ROOT

FILE = ROOT / "cluster.yaml"
TEXT = FILE.read_text()
CLUSTER = yaml.safe_load(TEXT)
LOCAL = yaml.safe_load((ROOT / "cluster/local.yaml").read_text())
both = pytest.mark.parametrize("cluster", [CLUSTER, LOCAL], ids=["aws", "local"])


@pytest.fixture(scope="module")
def schema():
    (ray,) = importlib.util.find_spec("ray").submodule_search_locations
    return json.loads((Path(ray) / "autoscaler" / "ray-schema.json").read_text())


def node_types():
    return CLUSTER["available_node_types"].items()


@both
def test_rays_own_schema_accepts_it(schema, cluster):
    jsonschema.validate(cluster, schema)


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


@both
@pytest.mark.parametrize("which", ["head_start_ray_commands", "worker_start_ray_commands"])
def test_ray_starts_where_the_token_is_asked_for(cluster, which):
    starts = [command for command in cluster[which] if "ray start" in command]
    assert len(starts) == 1
    assert starts[0].startswith(". ~/smile-fer4d/cluster/environment.sh; ")
    assert "export RAY_AUTH_MODE=token" in (ROOT / "cluster/environment.sh").read_text()
    assert "--dashboard-host=127.0.0.1" in starts[0] or which.startswith("worker")


@both
def test_every_node_gets_the_token_file_for_its_owner_alone(cluster):
    assert cluster["file_mounts"]["~/.ray/auth_token"] == "~/.ray/auth_token"
    assert any("chmod 600 ~/.ray/auth_token" in command for command in cluster["setup_commands"])


@both
def test_the_token_file_is_not_among_what_stays_at_home(cluster):
    # Ray leaves `rsync_exclude` out of every mount: a pattern that meets the token leaves nodes without one.
    assert not any(fnmatch("auth_token", pattern) for pattern in cluster["rsync_exclude"])


@both
def test_what_is_copied_to_a_node_holds_no_secret(cluster, tmp_path):
    rsync = shutil.which("rsync") or pytest.skip("rsync is not installed")
    here, there = tmp_path / "here", tmp_path / "there"
    secret = ("deep/.env", "aws.pem", "deep/host.key", ".netrc", ".git/config", "data/scan.obj", "results/canary.json")
    wanted = ("smile/run.py", ".git/HEAD", "tests/data/one.txt", "cluster/config")
    for name in (*secret, *wanted):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text("canary" if name in secret else "code")
    excludes = [word for pattern in cluster["rsync_exclude"] for word in ("--exclude", pattern)]
    subprocess.run([rsync, "-a", *excludes, f"{here}/", f"{there}/"], check=True)  # as Ray's command runner does
    found = {file.relative_to(there).as_posix() for file in there.rglob("*") if file.is_file()}
    assert found == set(wanted)


@both
def test_every_node_tries_to_start_ray_three_times(cluster, tmp_path):
    (tmp_path / "ray").write_text(f"#!/bin/sh\necho $1 >> {tmp_path}/calls\n[ $1 = stop ]\n")
    (tmp_path / "ray").chmod(0o755)
    for which in ("head_start_ray_commands", "worker_start_ray_commands"):
        (tmp_path / "calls").write_text("")
        command = cluster[which][-1].partition("environment.sh; ")[2]
        env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "RAY_HEAD_IP": "10.0.0.1"}
        assert subprocess.run(["bash", "-c", command], env=env, check=False).returncode == 1
        assert (tmp_path / "calls").read_text().split() == ["start", "stop"] * 3


@both
def test_no_token_is_written_down_and_data_stay_at_home(cluster):
    assert "RAY_AUTH_TOKEN=" not in str(cluster)
    assert {"/data", "/results", "/cache", ".env", "*.pem"} <= set(cluster["rsync_exclude"])


@both
def test_the_project_is_installed_by_the_script_that_reads_the_lock_file(cluster):
    assert any(command.startswith("bash ~/smile-fer4d/cluster/setup.sh") for command in cluster["setup_commands"])
    assert "-c requirements.lock" in (ROOT / "cluster/setup.sh").read_text()


def test_workers_are_gpus_on_the_spot_market_that_come_and_go():
    gpu = CLUSTER["available_node_types"]["gpu"]
    assert gpu["resources"]["GPU"] == 1
    assert gpu["min_workers"] == 0
    assert gpu["max_workers"] == CLUSTER["max_workers"] == 8
    assert gpu["node_config"]["InstanceMarketOptions"]["MarketType"] == "spot"


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """An account of a mock AWS, with what the user has to make by hand; yields it with the filled-in file."""
    moto, boto3 = pytest.importorskip("moto"), pytest.importorskip("boto3")
    with moto.mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))  # Ray writes the key of its key pair there
        ec2 = boto3.client("ec2", CLUSTER["provider"]["region"])
        group = ec2.create_security_group(GroupName="closed", Description="closed")["GroupId"]
        inside = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[inside])
        boto3.client("iam").create_instance_profile(InstanceProfileName="smile-fer4d-head")
        image = ec2.describe_images()["Images"][0]["ImageId"]
        yield ec2, TEXT.replace("sg-REPLACE", group).replace("ami-REPLACE", image)


@pytest.mark.slow  # starts a mock AWS
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Ray leaves the file open
def test_a_misspelt_key_starts_nothing_on_a_mock_aws(account, tmp_path):
    from ray.autoscaler._private.commands import create_or_update_cluster  # noqa: TID251  # Ray is what is tested

    ec2, text = account
    (tmp_path / "cluster.yaml").write_text(text.replace("idle_timeout_minutes", "idle_timeout_mintues"))
    with pytest.raises(jsonschema.ValidationError, match="idle_timeout_mintues"):
        create_or_update_cluster(str(tmp_path / "cluster.yaml"), None, None, False, False, True, no_config_cache=True)
    assert ec2.describe_instances()["Reservations"] == []


def test_the_head_may_start_machines_and_end_its_own_alone():
    look, start, end = json.loads((ROOT / "cluster/aws_head_policy.json").read_text())["Statement"]
    assert all(action.startswith("ec2:Describe") for action in look["Action"])
    assert start["Action"] == ["ec2:RunInstances", "ec2:CreateTags"]
    assert end["Condition"] == {"StringEquals": {"aws:ResourceTag/ray-cluster-name": CLUSTER["cluster_name"]}}
    assert CLUSTER["available_node_types"]["head"]["node_config"]["IamInstanceProfile"]["Name"] == "smile-fer4d-head"


def tags(instance):
    return {tag["Key"]: tag["Value"] for tag in instance["Tags"]}


@pytest.mark.slow  # starts a mock AWS
def test_ray_starts_on_a_mock_aws_what_the_file_says(account):
    from ray.autoscaler._private.aws.config import bootstrap_aws  # noqa: TID251
    from ray.autoscaler._private.aws.node_provider import AWSNodeProvider  # noqa: TID251
    from ray.autoscaler._private.util import prepare_config  # noqa: TID251

    ec2, text = account
    config = bootstrap_aws(prepare_config(yaml.safe_load(text)))
    provider = AWSNodeProvider(config["provider"], config["cluster_name"])
    for name in ("head", "gpu"):
        node = config["available_node_types"][name]["node_config"]
        provider.create_node(node, {"ray-node-type": name, "ray-node-name": name}, 1)
    instances = [one for group in ec2.describe_instances()["Reservations"] for one in group["Instances"]]
    kinds = sorted((one["InstanceType"], one.get("InstanceLifecycle", "bought")) for one in instances)
    assert kinds == [("g5.2xlarge", "spot"), ("m6i.2xlarge", "bought")]
    for one in instances:
        assert tags(one)["project"] == tags(one)["ray-cluster-name"] == "smile-fer4d"
        assert one["MetadataOptions"]["HttpTokens"] == "required"
        assert [group["GroupName"] for group in one["SecurityGroups"]] == ["closed"]
    assert {one["InstanceType"] for one in instances if "IamInstanceProfile" in one} == {"m6i.2xlarge"}
    rules = [rule for group in ec2.describe_security_groups()["SecurityGroups"] for rule in group["IpPermissions"]]
    assert [span["CidrIp"] for rule in rules for span in rule["IpRanges"]] == []
