"""Manifests are what Kubernetes' schemas and KubeRay's reference allow, closed to others and without privileges.

Kubernetes' own schemas (kubernetes-validate) judge the namespace, the claim, the policy and each pod's template. No
package carries the schemas of KubeRay, so the fields of its reference (v1.5) stand here.
"""

import copy

import pytest
import yaml

from cluster.settings import ROOT, read_versions

KUBERAY = ROOT / "cluster/kuberay"
RELEASE = "1.31"  # of Kubernetes
#: Field -> type, as docs.ray.io lists them: those of RayCluster, of its groups and of RayJob that may be written.
SPEC = {
    **dict.fromkeys(("rayVersion", "managedBy"), str),
    **dict.fromkeys(("enableInTreeAutoscaling", "suspend"), bool),
    **dict.fromkeys(("authOptions", "autoscalerOptions", "gcsFaultToleranceOptions", "headGroupSpec"), dict),
    "workerGroupSpecs": list,
}
SCALER = {"idleTimeoutSeconds": int, "upscalingMode": str, "version": str, "resources": dict, "securityContext": dict}
HEAD = {"template": dict, "rayStartParams": dict, "serviceType": str, "headService": dict, "enableIngress": bool}
WORKERS = {
    **dict.fromkeys(("replicas", "minReplicas", "maxReplicas", "numOfHosts", "idleTimeoutSeconds"), int),
    **{"groupName": str, "rayStartParams": dict, "template": dict, "scaleStrategy": dict, "suspend": bool},
}
JOB = {
    **dict.fromkeys(("entrypoint", "runtimeEnvYAML", "jobId", "submissionMode", "entrypointResources"), str),
    **dict.fromkeys(("activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"), int),
    **dict.fromkeys(("rayClusterSpec", "clusterSelector", "submitterPodTemplate", "submitterConfig"), dict),
    **dict.fromkeys(("shutdownAfterJobFinishes", "suspend"), bool),
}


def read(name):
    return list(yaml.safe_load_all((KUBERAY / name).read_text()))


(CLUSTER,), (RUN,) = read("raycluster.yaml"), read("rayjob.yaml")
SPECS = {"raycluster": CLUSTER["spec"], "rayjob": RUN["spec"]["rayClusterSpec"]}


def validate(manifest):
    checker = pytest.importorskip("kubernetes_validate")
    checker.validate(manifest, RELEASE, strict=True)


def find_faults(given, allowed):
    """Fields that the reference does not know, or whose type is another."""
    return [key for key, value in given.items() if key not in allowed or type(value) is not allowed[key]]


def faults_of(spec):
    found = find_faults(spec, SPEC) + find_faults(spec["headGroupSpec"], HEAD)
    found += find_faults(spec["autoscalerOptions"], SCALER) + find_faults(spec["authOptions"], {"mode": str})
    groups = [fault for group in spec["workerGroupSpecs"] for fault in find_faults(group, WORKERS)]
    starts = [group["rayStartParams"] for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"])]
    return found + groups + [key for start in starts for key, value in start.items() if not isinstance(value, str)]


def pods(spec):
    return [group["template"] for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"])]


@pytest.mark.parametrize("manifest", read("namespace.yaml"), ids=lambda manifest: manifest["kind"])
def test_kubernetes_accepts_what_stands_beside_ray(manifest):
    validate(manifest)


@pytest.mark.parametrize("name", SPECS)
def test_kubernetes_accepts_the_pods(name):
    for template in pods(SPECS[name]):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, **template}
        validate(pod)


def test_kubernetes_refuses_a_misspelt_field():
    checker = pytest.importorskip("kubernetes_validate")
    (template, _) = copy.deepcopy(pods(CLUSTER["spec"]))
    template["spec"]["containers"][0]["volumeMuonts"] = []
    with pytest.raises(checker.ValidationError, match="volumeMuonts"):
        validate({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, **template})


@pytest.mark.parametrize("name", SPECS)
def test_kuberays_reference_knows_every_field(name):
    assert faults_of(SPECS[name]) == []


def test_a_field_that_kuberay_does_not_know_is_found():
    wrong = copy.deepcopy(CLUSTER["spec"])
    wrong["headGroupSpec"]["rayStartParams"]["num-cpus"] = 0  # must be text
    wrong["workerGroupSpecs"][0]["maxReplcias"] = 3
    wrong["rayVersion"] = 2.6
    assert faults_of(wrong) == ["rayVersion", "maxReplcias", "num-cpus"]


def test_the_job_is_what_kuberay_knows_and_ends_its_cluster():
    assert find_faults(RUN["spec"], JOB) == []
    assert RUN["spec"]["shutdownAfterJobFinishes"] is True
    assert (RUN["apiVersion"], CLUSTER["apiVersion"]) == ("ray.io/v1", "ray.io/v1")


def test_job_and_cluster_have_the_same_pods_with_the_ray_of_the_lock_file():
    assert SPECS["rayjob"] == SPECS["raycluster"]
    assert CLUSTER["spec"]["rayVersion"] == read_versions()["ray"]


def test_pods_ask_for_the_token_and_have_no_privileges():
    assert CLUSTER["spec"]["authOptions"] == {"mode": "token"}
    for pod in pods(CLUSTER["spec"]):
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_only_the_namespace_and_kuberay_reach_ray():
    policy = next(one for one in read("namespace.yaml") if one["kind"] == "NetworkPolicy")
    inside, operator = policy["spec"]["ingress"]
    assert policy["spec"]["podSelector"] == {}
    assert inside == {"from": [{"podSelector": {}}]}
    assert [port["port"] for port in operator["ports"]] == [8265]
    assert operator["from"][0]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "kuberay-operator"}


def test_workers_come_and_go_and_the_head_computes_nothing():
    (group,) = CLUSTER["spec"]["workerGroupSpecs"]
    assert (group["minReplicas"], group["maxReplicas"]) == (0, 8)
    assert CLUSTER["spec"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
