# shellcheck shell=bash
# Makes three hosts on this machine, each with its own network, processes, files of its own and sshd, and a cluster on
# them by `ray up` with the file for a lab's machines. For other scripts: . tests/cluster/hosts.sh
#
# CORES says how many cores each host has, COMPILED which folder outlives the hosts with what numba compiles for them.
# Needs root, iproute2, openssh-server, rsync and .venv. Exits with 77 and the reason where one is missing.
skip() { echo "cluster-test: skipped: $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "only root makes hosts"
for tool in ip unshare rsync ssh ssh-keygen ss; do command -v $tool >/dev/null || skip "$tool is not installed"; done
[ -x /usr/sbin/sshd ] || skip "openssh-server is not installed"
[ -x .venv/bin/ray ] || skip "no .venv: make setup"
ip netns add smile-try 2>/dev/null || skip "this machine allows no network namespaces"
ip netns delete smile-try
unshare --mount --pid --fork mount -t tmpfs tmpfs /mnt 2>/dev/null || skip "this machine allows no mount namespaces"

work=$(mktemp -d /var/tmp/smile-hosts.XXXXXX)
net=10.87.63 link=smile0 compiled=${COMPILED:-$work/shared/compiled}
declare -A hosts=()
clean() {
  local host
  for host in "${hosts[@]}"; do kill -9 "$host" 2>/dev/null || true; done
  wait 2>/dev/null
  for host in 0 1 2; do
    ip netns delete smile-h$host 2>/dev/null || true
    ip link delete smile-v$host 2>/dev/null || true
  done
  ip link delete $link 2>/dev/null || true
  umount "$work/disks" 2>/dev/null || true
  [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap clean EXIT
fail() { echo "cluster-test: FAILED: $*" >&2; exit 1; }
say() { printf '%4d s  %s\n' "$SECONDS" "$*"; }

# The laptop: a key, a token, this project with secrets in it that must not leave, and the file for these machines.
mkdir -p "$work/laptop/.ray" "$work/shared" "$work/disks"
mount -t tmpfs tmpfs "$work/disks" # outlives a host, as a disk does
chmod 700 "$work/laptop" "$work/laptop/.ray"
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
(umask 077 && od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$work/laptop/.ray/auth_token")
canary=canary-$RANDOM$RANDOM project=$work/laptop/project
export AWS_SECRET_ACCESS_KEY=$canary HF_TOKEN=$canary WANDB_API_KEY=$canary
rsync -a --exclude=/.venv --exclude=/results --exclude=/cache --exclude=/data --exclude=/work --exclude=/runs ./ "$project"
[ -d "$project/.git" ] || { rm -f "$project/.git" && git init -q "$project"; } # a worktree's is a file
git -C "$project" config remote.mirror.url "https://me:$canary@example.org/mirror.git"
for name in .env secret.pem .netrc; do echo "password=$canary" >"$project/$name"; done
sed -e "s/REPLACE-HEAD/$net.10/; s/REPLACE-WORKER-1/$net.11/; s/REPLACE-WORKER-2/$net.12/; s/REPLACE-USER/root/" \
  -e "s#~/.ssh/id_ed25519#$work/key#; s#\"~/smile-fer4d\": \".\"#\"~/smile-fer4d\": \"$project\"#" \
  -e "s/ray start /ray start ${CORES:+--num-cpus=$CORES }/" cluster/local.yaml >"$work/cluster.yaml"

# Each host has the environment of this machine under its own project: an overlay, in which nothing is installed anew.
venv=$(readlink -f .venv)
here=$(cd / && "$venv/bin/python" -c 'import pathlib, smile; print(pathlib.Path(smile.__file__).parent.parent)')
cat >"$work/host.sh" <<'HOST'
set -euo pipefail
work=$1 number=$2 venv=$3 here=$4 compiled=$5
hostname "smile-h$number"
mount --make-rprivate /
for place in /tmp /run /dev/shm; do mount -t tmpfs tmpfs $place; done
chmod 1777 /tmp /dev/shm
disk=$work/disks/$number
mkdir -p /run/sshd "$disk/home/node/.ray" "$disk/home/node/smile-fer4d/.venv" "$disk/up" "$disk/work"
mount --bind "$disk/home" /home
sed 's#^root:.*#root:x:0:0:root:/home/node:/bin/bash#' /etc/passwd >/run/passwd
printf '127.0.0.1 localhost\n127.0.1.1 smile-h%s\n' "$number" >/run/hosts
mount --bind /run/passwd /etc/passwd
mount --bind /run/hosts /etc/hosts
mount -t overlay overlay -o "lowerdir=$venv,upperdir=$disk/up,workdir=$disk/work" /home/node/smile-fer4d/.venv
grep -rl --include='__editable__*' "$here" /home/node/smile-fer4d/.venv/lib | xargs -r sed -i "s#$here#/home/node/smile-fer4d#g"
sed -i "1s#.*#\#!/home/node/smile-fer4d/.venv/bin/python#" /home/node/smile-fer4d/.venv/bin/ray
echo "$(cat pyproject.toml requirements.lock | sha256sum | cut -d ' ' -f 1) " >/home/node/smile-fer4d/.venv/.node
# For Ray, which starts in such a shell; the hosts share the cores of this machine, where Ray's workers would come last.
echo "export NUMBA_CACHE_DIR=$compiled RAY_worker_niceness=0" >/home/node/.bashrc
exec /usr/sbin/sshd -D -e -f /dev/null -h "$work/host_key" -o AuthorizedKeysFile="$work/key.pub" -o StrictModes=no \
  -o UsePAM=no -o PidFile=none -o PermitRootLogin=yes -o PasswordAuthentication=no
HOST

shell=(ssh -q -i "$work/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=5)
# Lets the command $2... run on host $1.
on_host() { "${shell[@]}" "root@$net.1$1" "${@:2}"; }

# Starts host $1, and waits until it answers.
start_host() {
  local number=$1
  ip netns add "smile-h$number"
  ip link add "smile-v$number" type veth peer name eth0 netns "smile-h$number"
  ip link set "smile-v$number" master $link up
  ip -n "smile-h$number" address add "$net.1$number/24" dev eth0
  ip -n "smile-h$number" link set lo up
  ip -n "smile-h$number" link set eth0 up
  ip -n "smile-h$number" route add default via $net.1
  ip netns exec "smile-h$number" unshare --mount --pid --uts --ipc --fork --kill-child --mount-proc \
    bash "$work/host.sh" "$work" "$number" "$venv" "$here" "$compiled" >"$work/host$number.log" 2>&1 &
  hosts[$number]=$!
  for _ in $(seq 60); do
    on_host "$number" true && return
    sleep 1
  done
  fail "host $number does not answer: $(tail -n 3 "$work/host$number.log")"
}

# Takes host $1 off the net without a word, and back.
cut_off() { ip link set "smile-v$1" nomaster; }
let_back() { ip link set "smile-v$1" master $link; }

# Ends host $1 as a loss of power does: nobody hears a last word.
kill_host() {
  cut_off "$1"
  kill -9 "${hosts[$1]}"
  wait "${hosts[$1]}" 2>/dev/null || true
  unset "hosts[$1]"
  ip netns delete "smile-h$1"
  ip link delete "smile-v$1" 2>/dev/null || true
}

ip link add $link type bridge
ip address add $net.1/24 dev $link
ip link set $link up
for number in 0 1 2; do start_host $number; done
say "three hosts answer"

export HOME=$work/laptop RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0
ray=$venv/bin/ray
# Lets a command of the project run on the head, where a secret lies in the environment.
on_head() {
  on_host 0 "bash -c 'export AWS_SECRET_ACCESS_KEY=$canary HF_TOKEN=$canary WANDB_API_KEY=$canary \
    NUMBA_CACHE_DIR=$compiled; . ~/smile-fer4d/cluster/environment.sh; cd ~/smile-fer4d && $*'"
}
count_nodes() {
  on_head "python -W ignore -c \"import ray; ray.init(\\\"auto\\\", logging_level=40); print(sum(n[\\\"Alive\\\"] for n in ray.nodes()))\"" 2>/dev/null | tail -n 1
}
# Waits for at most $1 seconds until three nodes are there.
await_nodes() {
  local until=$((SECONDS + $1))
  while [ $SECONDS -lt $until ]; do
    [ "$(count_nodes)" = 3 ] && return
    sleep 3
  done
  fail "not all nodes joined within $1 s; $work/up.log"
}

"$ray" up --yes --no-config-cache "$work/cluster.yaml" >"$work/up.log" 2>&1 || fail "ray up: $(tail -n 20 "$work/up.log")"
say "ray up"
await_nodes 300
say "3 nodes joined"
