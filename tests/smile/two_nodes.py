"""A Ray cluster of two nodes, of one core and of two: prints its address; a line of input takes the second from it."""

import sys

from ray.cluster_utils import Cluster  # noqa: TID251  # Ray is what is tested

if __name__ == "__main__":
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": True})
    second = cluster.add_node(num_cpus=2)
    print(cluster.address, flush=True)
    if sys.stdin.readline():
        cluster.remove_node(second, allow_graceful=False)
        sys.stdin.read()
    cluster.shutdown()
