#!/usr/bin/env bash
# Three hosts on one machine, each with its own network, processes, files of its own and sshd: `ray up` with the file
# for a lab's machines, then the doctor, prepare, train, a sweep and the benchmark through it, then `ray down`: make cluster-test.
#
# Needs root, iproute2, openssh-server, rsync and .venv. Exits with 77 and the reason where one is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
skip() { echo "cluster-test: skipped: $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "only root makes hosts"
for tool in ip unshare rsync ssh ssh-keygen ss curl; do command -v $tool >/dev/null || skip "$tool is not installed"; done
[ -x /usr/sbin/sshd ] || skip "openssh-server is not installed"
[ -x .venv/bin/ray ] || skip "no .venv: make setup"
ip netns add smile-try 2>/dev/null || skip "this machine allows no network namespaces"
ip netns delete smile-try

work=$(mktemp -d /var/tmp/smile-hosts.XXXXXX)
net=10.87.63 link=smile0
hosts=()
clean() {
  local host
  for host in "${hosts[@]}"; do kill -9 "$host" 2>/dev/null || true; done
  wait
  for host in 0 1 2; do
    ip netns delete smile-h$host 2>/dev/null || true
    ip link delete smile-v$host 2>/dev/null || true
  done
  ip link delete $link 2>/dev/null || true
  [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap clean EXIT
fail() { echo "cluster-test: FAILED: $*" >&2; exit 1; }
say() { printf '%4d s  %s\n' "$SECONDS" "$*"; }

# The laptop: a key, a token, and the file for these machines.
mkdir -p "$work/laptop/.ray" "$work/shared"
chmod 700 "$work/laptop" "$work/laptop/.ray"
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
(umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$work/laptop/.ray/auth_token")
sed -e "s/REPLACE-HEAD/$net.10/; s/REPLACE-WORKER-1/$net.11/; s/REPLACE-WORKER-2/$net.12/; s/REPLACE-USER/root/" \
  -e "s#~/.ssh/id_ed25519#$work/key#; s#\"~/smile-fer4d\": \".\"#\"~/smile-fer4d\": \"$PWD\"#" \
  cluster/local.yaml >"$work/cluster.yaml"

# Each host has the environment of this machine under its own project: an overlay, in which nothing is installed anew.
venv=$(readlink -f .venv)
here=$(cd / && "$venv/bin/python" -c 'import pathlib, smile; print(pathlib.Path(smile.__file__).parent.parent)')
cat >"$work/host.sh" <<'HOST'
set -euo pipefail
work=$1 number=$2 venv=$3 here=$4
hostname "smile-h$number"
mount --make-rprivate /
for place in /home /tmp /run /dev/shm; do mount -t tmpfs tmpfs $place; done
chmod 1777 /tmp /dev/shm
mkdir -p /run/sshd /home/node/.ray /home/node/smile-fer4d/.venv /run/over/up /run/over/work
sed 's#^root:.*#root:x:0:0:root:/home/node:/bin/bash#' /etc/passwd >/run/passwd
printf '127.0.0.1 localhost\n127.0.1.1 smile-h%s\n' "$number" >/run/hosts
mount --bind /run/passwd /etc/passwd
mount --bind /run/hosts /etc/hosts
mount -t overlay overlay -o "lowerdir=$venv,upperdir=/run/over/up,workdir=/run/over/work" /home/node/smile-fer4d/.venv
grep -rl --include='__editable__*' "$here" /home/node/smile-fer4d/.venv/lib | xargs -r sed -i "s#$here#/home/node/smile-fer4d#g"
sed -i "1s#.*#\#!/home/node/smile-fer4d/.venv/bin/python#" /home/node/smile-fer4d/.venv/bin/ray
echo "$(cat pyproject.toml requirements.lock | sha256sum | cut -d ' ' -f 1) " >/home/node/smile-fer4d/.venv/.node
echo "export NUMBA_CACHE_DIR=$work/shared/compiled" >/home/node/.bashrc # for Ray, which starts in such a shell
exec /usr/sbin/sshd -D -e -f /dev/null -h "$work/host_key" -o AuthorizedKeysFile="$work/key.pub" -o StrictModes=no \
  -o UsePAM=no -o PidFile=none -o PermitRootLogin=yes -o PasswordAuthentication=no
HOST
ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
ip link add $link type bridge
ip address add $net.1/24 dev $link
ip link set $link up
for number in 0 1 2; do
  ip netns add smile-h$number
  ip link add smile-v$number type veth peer name eth0 netns smile-h$number
  ip link set smile-v$number master $link up
  ip -n smile-h$number address add $net.1$number/24 dev eth0
  ip -n smile-h$number link set lo up
  ip -n smile-h$number link set eth0 up
  ip -n smile-h$number route add default via $net.1
  ip netns exec smile-h$number unshare --mount --pid --uts --ipc --fork --kill-child --mount-proc \
    bash "$work/host.sh" "$work" "$number" "$venv" "$here" >"$work/host$number.log" 2>&1 &
  hosts+=($!)
done
shell=(ssh -q -i "$work/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=5)
for number in 0 1 2; do
  for _ in $(seq 60); do
    "${shell[@]}" root@$net.1$number true && continue 2
    sleep 1
  done
  fail "host $number does not answer: $(tail -n 3 "$work/host$number.log")"
done
say "three hosts answer"

export HOME=$work/laptop RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0
ray=$venv/bin/ray
"$ray" up --yes --no-config-cache "$work/cluster.yaml" >"$work/up.log" 2>&1 || fail "ray up: $(tail -n 20 "$work/up.log")"
say "ray up"
canary=canary-$RANDOM$RANDOM
on_head() { "${shell[@]}" root@$net.10 "bash -c 'export AWS_SECRET_ACCESS_KEY=$canary NUMBA_CACHE_DIR=$work/shared/compiled; . ~/smile-fer4d/cluster/environment.sh; cd ~/smile-fer4d && $*'"; }
for _ in $(seq 60); do
  nodes=$(on_head "python -W ignore -c \"import ray; ray.init(\\\"auto\\\", logging_level=40); print(sum(n[\\\"Alive\\\"] for n in ray.nodes()))\"" 2>/dev/null | tail -n 1)
  [ "$nodes" = 3 ] && break
  sleep 5
done
[ "$nodes" = 3 ] || fail "only $nodes nodes joined; $work/up.log"
say "3 nodes joined"

# From outside, nothing obeys who has no token, or another.
RAY_AUTH_TOKEN=wrong timeout 60 "$ray" status --address $net.10:6379 >"$work/wrong.log" 2>&1 && fail "another token was taken"
for port in $(ip netns exec smile-h0 ss -Hltn | awk '{print $4}' | grep -v '^127\.' | sed 's/.*://' | sort -un); do
  code=$(curl -s -m 3 -o "$work/page" -w '%{http_code}' "http://$net.10:$port/api/jobs/" || true)
  [ "$code" = 200 ] && ! grep -q '^# HELP' "$work/page" && fail "port $port answers without a token: $(head -c 200 "$work/page")"
done
say "without the token every port of the head refuses"

faces=(--subjects 3 --frames 4 --set rendering.image_size=32 --set rendering.view_count=2)
on_head "python -m smile.run doctor --address auto --shared $work/shared" | tee "$work/doctor.log" || fail "doctor"
say "doctor"
# Alone first: what the head compiles lies in the shared folder, so that six workers do not compile it again.
on_head "python -m smile.run prepare ${faces[*]} --out $work/alone" || fail "prepare on one machine"
say "prepare on one machine"
on_head "python -m smile.run prepare ${faces[*]} --workers 3 --address auto --out $work/shared/cache" || fail "prepare"
diff -r -x used -x '*.lock' "$work/shared/cache" "$work/alone" || fail "the cluster drew other bytes"
say "prepare: the same bytes as without a cluster"
on_head "python -m smile.run train ${faces[*]} --workers 2 --steps 4 --address auto --cache $work/shared/cache --out $work/shared/run" || fail "train"
say "train with 2 workers"
on_head "python -m sweeps.run loss_weights --trials 4 --address auto --concurrency 2 --set training.epochs=2 --set rendering.image_size=32 --set rendering.view_count=2 --out ~/sweep" || fail "sweep"
say "a sweep of 4 trials"
board="python -m bench.run --suite fer4d --budget quick --subjects 8 --frames 4 --methods pixels,random,simclr,smile_geometry,supervised --set training.epochs=3 --set rendering.image_size=32 --set rendering.view_count=2 --threads 1 --cache $work/shared/cache"
on_head "$board --out ~/board-alone" || fail "bench on one machine"
on_head "$board --out ~/board --address auto" || fail "bench"
on_head "diff <(cut -d , -f 1-18 ~/board/fer4d.csv) <(cut -d , -f 1-18 ~/board-alone/fer4d.csv)" \
  || fail "the cluster measured other numbers"
say "bench: the same numbers as without a cluster"

for number in 0 1 2; do
  found=$("${shell[@]}" root@$net.1$number "grep -rl $canary /tmp/ray ~/sweep $work/shared 2>/dev/null | head -n 3" || true)
  [ -z "$found" ] || fail "host $number wrote down a secret of the environment: $found"
done
say "no secret of the environment is in any log, record or file"

"$ray" down --yes "$work/cluster.yaml" >"$work/down.log" 2>&1 || fail "ray down: $(tail -n 5 "$work/down.log")"
# `ray down` ends the head. Workers miss it, and end by themselves: Ray gives the head a minute to come back.
list_left() {
  local number process
  for number in 0 1 2; do
    for process in $(ip netns pids smile-h$number); do
      tr '\0' ' ' <"/proc/$process/cmdline" 2>/dev/null | grep -E 'raylet|gcs_server|ray::|dashboard' | head -c 120 || true
    done
  done
}
for _ in $(seq 60); do
  left=$(list_left)
  [ -z "$left" ] && break
  sleep 3
done
[ -z "$left" ] || fail "hosts still run: $left"
say "ray down leaves nothing behind"
