#!/usr/bin/env bash
# Hosts that go in the middle of work: prepare, train, a sweep and the benchmark on three hosts, each undisturbed, with a
# host cut off for 30 s, and with a host that dies for good. Each must end with the same result, at most 120 s later:
# make cluster-test-losses [WORKS="train bench"]
set -euo pipefail
cd "$(dirname "$0")/../.."
CORES=1 # of each host: so that work lies on all of them
. tests/cluster/hosts.sh
away=30 patience=120
small="--set rendering.image_size=32 --set rendering.view_count=2"
place=$work/shared

# The command of each work; its results go into $place/WORK-HOW.
command_of() {
  local out=$place/$1-$2
  case $1 in
    prepare) echo "python -m smile.run prepare --subjects 40 --frames 4 $small --address auto --out $out" ;;
    train) echo "python -m smile.run train --subjects 4 --frames 4 $small --workers 2 --steps 400 --address auto \
      --set training.checkpoint_every=20 --cache $place/faces --out $out" ;;
    sweep) echo "python -m sweeps.run loss_weights --trials 4 --concurrency 2 --scheduler none --address auto $small \
      --set training.epochs=${EPOCHS:-60} --cache $place/faces --out $out" ;;
    bench) echo "python -m bench.run --suite fer4d --budget quick --subjects 8 --frames 4 --threads 1 --address auto $small \
      --methods random,simclr,barlow_twins,smile_geometry,supervised --set training.epochs=${EPOCHS:-150} --cache $place/faces --out $out" ;;
  esac
}

# Whether a host's process list $2 shows that work $1 has come into its middle there.
is_busy() {
  case $1 in
    prepare) grep -q 'ray::Map' <<<"$2" ;;
    train) grep -q 'TrainWorker' <<<"$2" && compgen -G "$place/train-$how/run/checkpoints/*" >/dev/null ;;
    sweep) grep -qE 'ray::(ImplicitFunc|trainable)' <<<"$2" ;;
    bench) grep -q 'ray::_run' <<<"$2" ;;
  esac
}
list_work() { ip netns pids "smile-h$1" | while read -r one; do tr '\0' ' ' <"/proc/$one/cmdline" 2>/dev/null && echo; done; }

# Prints a worker host on which the work is under way.
find_busy() {
  local number
  for number in 1 2; do
    if is_busy "$1" "$(list_work $number)"; then echo $number && return; fi
  done
  return 1
}

# What must be the same, of the results of work $1 with loss $2.
result_of() {
  local out=$place/$1-$2
  case $1 in
    prepare) (cd "$out" && find . -type f ! -name used ! -name '*.lock' -exec sha256sum {} + | sort -k 2) ;;
    train) (cd "$out" && sha256sum model.safetensors && "$venv/bin/python" -c 'import json; print(json.load(open("run.json"))["id"])') ;;
    sweep) "$venv/bin/python" tests/cluster/plain.py "$out" ;;
    bench) "$venv/bin/python" tests/cluster/plain.py "$out/fer4d.csv" ;;
  esac
}

declare -A took=()
# Does work $1 while $2 happens: nothing, a host is cut off for a while, or a host dies.
play() {
  local name=$1 how=$2 began=$SECONDS lost='' running state=0
  on_head "$(command_of "$name" "$how")" >"$work/$name-$how.log" 2>&1 &
  running=$!
  if [ "$how" != undisturbed ]; then
    until lost=$(find_busy "$name"); do
      kill -0 $running 2>/dev/null || fail "$name ended before a host was lost: $(tail -n 5 "$work/$name-$how.log")"
      sleep 0.5
    done
    sleep 4
    kill -0 $running 2>/dev/null || fail "$name ended before a host was lost"
    if [ "$how" = cut ]; then cut_off "$lost" && sleep $away && let_back "$lost"; else kill_host "$lost"; fi
  fi
  while kill -0 $running 2>/dev/null; do
    [ $((SECONDS - began)) -gt $((${took[$name]:-600} + patience)) ] && fail "$name, $how: no end; $(tail -n 5 "$work/$name-$how.log")"
    sleep 1
  done
  wait $running || state=$?
  [ $state = 0 ] || fail "$name, $how: status $state; $(tail -n 5 "$work/$name-$how.log")"
  [ "$how" = undisturbed ] && took[$name]=$((SECONDS - began))
  result_of "$name" "$how" >"$work/$name-$how.result" || fail "$name, $how: no result"
  diff "$work/$name-undisturbed.result" "$work/$name-$how.result" || fail "$name, $how: another result"
  say "$name, $how${lost:+ (host $lost)}: the same result in $((SECONDS - began)) s, undisturbed ${took[$name]} s"
  if [ "$how" = died ]; then start_host "$lost"; fi
  began=$SECONDS
  [ "$how" = undisturbed ] || { await_nodes 300 && say "three nodes again, after $((SECONDS - began)) s"; }
}

on_head "python -m smile.run prepare --subjects 4 --frames 4 $small --out $place/faces" >"$work/first.log" 2>&1 || fail "prepare"
say "compiled" # on the head, into the shared folder, so that the first timing is fair
for name in ${WORKS:-prepare train sweep bench}; do
  for how in undisturbed cut died; do play "$name" $how; done
done
say "nothing hangs, and nothing differs"
