# shellcheck shell=bash
# What Ray and every command need on a node. Source this file before `ray start`: . cluster/environment.sh
_project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0
# Ray's ports for metrics ask nobody for the token: none of the three opens. -1 is no port, which Ray's logs complain of.
# Who lets Prometheus read them, in a network that is closed, sets these before.
export RAY_enable_metrics_collection="${RAY_enable_metrics_collection:-0}"
export AUTOSCALER_METRIC_PORT="${AUTOSCALER_METRIC_PORT:--1}" DASHBOARD_METRIC_PORT="${DASHBOARD_METRIC_PORT:--1}"
# A host that loses its power says no last word. Ray would ask it for seven minutes whether its work is done; now it asks
# every 15 seconds, and gives up after 35.
export RAY_grpc_client_keepalive_time_ms="${RAY_grpc_client_keepalive_time_ms:-15000}"
export RAY_grpc_client_keepalive_timeout_ms="${RAY_grpc_client_keepalive_timeout_ms:-35000}"
case ":$PATH:" in
  *":$_project/.venv/bin:"*) ;;
  *) export PATH="$_project/.venv/bin:$PATH" ;;
esac
# gloo, by which workers without GPUs speak, takes the address of the host's name, on Debian 127.0.1.1, where no other
# host is. The interface that leads out, or to the head, is the right one.
if [ -z "${GLOO_SOCKET_IFNAME:-}" ]; then
  _way=$(ip -o route get "${RAY_HEAD_IP:-192.0.2.1}" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
  if [ -n "$_way" ] && [ "$_way" != lo ]; then
    export GLOO_SOCKET_IFNAME="$_way"
  fi
fi
unset _project _way
# Ray opens many files on a cluster: as many as this user may, whatever the shell begins with.
ulimit -Sn "$(ulimit -Hn)"
