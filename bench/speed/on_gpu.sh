#!/usr/bin/env bash
# Measures on a GPU what docs/speed.md leaves open, in at most 8 minutes; the rows go into OUT/speed.md and speed.json.
#
#   bash bench/speed/on_gpu.sh [OUT]        (default: results/gpu)
#
# Each stage has its own limit. A stage that fails or takes longer is named at the end, and costs the others nothing.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2
out=${1:-results/gpu}
python=${PYTHON:-.venv/bin/python}
mkdir -p "$out"
failed=()

# Runs the command $3... for at most $1 seconds, as the step named $2; its words go into OUT/$2.log.
run() {
  local limit=$1 name=$2 began=$SECONDS
  shift 2
  if timeout --kill-after=5 "$limit" "$@" >"$out/$name.log" 2>&1; then
    echo "$name: $((SECONDS - began)) s"
  else
    echo "$name: failed after $((SECONDS - began)) s of $limit: $(tail -n 1 "$out/$name.log")"
    failed+=("$name")
  fi
}

"$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' || {
  echo "on_gpu.sh: torch finds no GPU; python -m smile.run doctor says why" >&2
  exit 2
}
# The largest question first: clips a second and MFU of ViT-B/16 at 224 px, dense, ours and compiled, and what reading
# and augmenting take of a step; then a whole step of the recipe tiny; then drawing by EGL beside the z-buffer; then a
# step by Ray Train beside torchrun.
run 20 doctor "$python" -m smile.run doctor
run 180 vit "$python" -m bench.speed vit --out "$out"
run 100 step "$python" -m bench.speed step --out "$out"
run 75 render "$python" -m bench.speed render --out "$out"
run 90 train "$python" -m bench.speed train --out "$out"
nvidia-smi >"$out/nvidia-smi.log" 2>&1
if [ "${#failed[@]}" -gt 0 ]; then
  echo "on_gpu.sh: not measured: ${failed[*]}; see $out/*.log" >&2
  exit 1
fi
