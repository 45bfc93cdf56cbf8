#!/usr/bin/env bash
# One command on several nodes of a SLURM cluster: starts Ray on all of them, runs the command on the first, ends Ray.
# Install once on the login node, in a folder that all nodes see: bash cluster/setup.sh. Then, in this folder:
#
#   sbatch --nodes=4 cluster/slurm.sh python -m sweeps.run loss_weights --trials 100 --address auto --gpus-per-trial 1
#
# `python -m cluster` wrote this file from cluster/templates.
#SBATCH --job-name=@name@
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=@gpu_cores@
#SBATCH --gpus-per-node=1
#SBATCH --exclusive
#SBATCH --time=12:00:00
#SBATCH --output=slurm-%j.out
# SLURM tells the command a minute before the time is over; started again, it goes on.
#SBATCH --signal=B:TERM@60
set -euo pipefail
[ $# -gt 0 ] || { echo "slurm.sh: name the command, e.g. python -m sweeps.run loss_weights --address auto" >&2; exit 2; }
cd "${SLURM_SUBMIT_DIR:?start it with sbatch}"
. cluster/environment.sh
command -v ray >/dev/null || { echo "slurm.sh: no Ray in .venv; run bash cluster/setup.sh here first" >&2; exit 2; }

# One token a job, which only this user's processes know.
RAY_AUTH_TOKEN=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
export RAY_AUTH_TOKEN
# A port of the job's own, so that two jobs on a node do not meet; TMPDIR is short enough for the names of sockets.
port=$((20000 + SLURM_JOB_ID % 10000))
head=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
address=$(srun --nodes=1 --ntasks=1 --nodelist="$head" hostname --ip-address | tr ' ' '\n' | grep -v -e '^127\.' -e : | head -n 1)
[ -n "$address" ] || { echo "slurm.sh: $head knows no address of its own but 127.x" >&2; exit 2; }
export TMPDIR=/tmp
trap 'kill -TERM "$running"; wait "$running"' TERM
srun --kill-on-bad-exit=1 ray symmetric-run --address "$address:$port" --min-nodes "$SLURM_JOB_NUM_NODES" \
  --num-cpus="$SLURM_CPUS_PER_TASK" --num-gpus="${SLURM_GPUS_ON_NODE:-0}" --disable-usage-stats -- "$@" &
running=$!
wait "$running"
