#!/usr/bin/env bash
# Makes a machine a node: mounts the shared folder, installs the project from the lock file, checks versions and driver.
# A second run changes nothing and takes a second.
#
#   bash cluster/setup.sh [--extra NAME] [--nfs SERVER:/PATH FOLDER]
#
# Set TORCH_INDEX=https://download.pytorch.org/whl/cpu for machines without a GPU: it saves 3 GB.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "setup: $*" >&2
  exit 2
}

extra='' server='' folder=''
while [ $# -gt 0 ]; do
  case $1 in
    --extra) extra="[${2:?--extra needs a name}]" && shift 2 ;;
    --nfs) server=${2:?--nfs needs SERVER:/PATH} folder=${3:?--nfs needs a folder} && shift 3 ;;
    *) fail "unknown option $1; known: --extra NAME, --nfs SERVER:/PATH FOLDER" ;;
  esac
done

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs Debian's packages $2... where the program or module that $1 tries is not there yet.
need() {
  if sh -c "$1" >/dev/null 2>&1; then return; fi
  shift
  command -v apt-get >/dev/null || fail "install by hand: $*"
  as_root apt-get -o DPkg::Lock::Timeout=300 install -y -q "$@"
}

python=${PYTHON:-python3}
if [ ! -x .venv/bin/python ]; then
  oldest=$(sed -n 's/^requires-python = ">=\(.*\)"$/\1/p' pyproject.toml)
  "$python" -c "import sys; sys.exit(sys.version_info < tuple(map(int, '$oldest'.split('.'))))" \
    || fail "Python $oldest or newer is needed, $python is $("$python" --version 2>&1); name another with PYTHON=..."
  need "$python -c 'import ensurepip, venv'" python3-venv
fi

if [ -n "$server" ]; then
  need 'command -v mount.nfs4' nfs-common
  as_root mkdir -p "$folder"
  mountpoint -q "$folder" || as_root mount -t nfs4 -o nfsvers=4.1,hard,timeo=600 "$server" "$folder"
  [ -w "$folder" ] || as_root chown "$(id -un)" "$folder"
fi

# Installs only where the lock file, the project's own list or the extra changed.
wanted="$(cat pyproject.toml requirements.lock | sha256sum | cut -d ' ' -f 1) $extra"
if [ "$(cat .venv/.node 2>/dev/null)" != "$wanted" ]; then
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -c requirements.lock \
    ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -e ".$extra"
  echo "$wanted" >.venv/.node
fi

# For ray exec, ray submit and ray status, which open a login shell on the head.
line=". $PWD/cluster/environment.sh"
touch ~/.bashrc
grep -qxF "$line" ~/.bashrc || echo "$line" >>~/.bashrc

for name in ray torch; do
  has=$(.venv/bin/python -c "from importlib.metadata import version; print(version('$name').partition('+')[0])")
  locked=$(sed -n "s/^$name==//p" requirements.lock)
  [ "$has" = "$locked" ] || fail "$name is $has here, requirements.lock names $locked; delete .venv and run this again"
done

driver=none cuda=none
if command -v nvidia-smi >/dev/null; then
  driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader | head -n 1) || fail "nvidia-smi fails: see dmesg"
  cuda=$(.venv/bin/python -c 'import torch; print(torch.version.cuda)')
  [ "$cuda" != None ] || fail "there is a GPU, but torch was built without CUDA; unset TORCH_INDEX, delete .venv"
  .venv/bin/python -W error -c 'import torch; torch.zeros(1, device="cuda")' \
    || fail "torch for CUDA $cuda finds no GPU with driver $driver; install a newer driver"
fi
echo "node: python $(.venv/bin/python -c 'import platform; print(platform.python_version())')," \
  "ray $(sed -n 's/^ray==//p' requirements.lock), torch $(sed -n 's/^torch==//p' requirements.lock)," \
  "driver $driver, cuda $cuda"
