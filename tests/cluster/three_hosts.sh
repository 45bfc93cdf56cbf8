#!/usr/bin/env bash
# A day on three hosts of this machine: the doctor, prepare, train, a sweep and the benchmark through a cluster that
# `ray up` started, strangers at its ports, a secret that must not be written down, then `ray down`: make cluster-test.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/cluster/hosts.sh

# Every port of every host, as a neighbour in the network sees it.
list_ports() {
  local number
  for number in 0 1 2; do
    ip netns exec smile-h$number ss -Hltn | awk '{print $4}' | grep -v -e '^127\.' -e '127\.0\.0\.1\]' | sed 's/.*://' \
      | sort -un | sed "s/^/$net.1$number:/"
  done
}
RAY_AUTH_TOKEN=wrong timeout 60 "$ray" status --address $net.10:6379 >"$work/wrong.log" 2>&1 && fail "another token was taken"
timeout 60 "$ray" status --address $net.10:6379 >"$work/right.log" 2>&1 || fail "the token was refused: $(tail -n 3 "$work/right.log")"
list_ports | xargs "$venv/bin/python" -W ignore tests/cluster/knock.py || fail "a port obeys without the token"
for number in 0 1 2; do # the dashboard listens on the head alone, and refuses there too
  ip netns exec smile-h$number ss -Hltn | awk '{print $4}' | grep ':8265$' | grep -v '^127\.' && fail "the dashboard is open"
done
token=$(cat "$work/laptop/.ray/auth_token")
page=$(on_host 0 "curl -s -o /dev/null -w %{http_code} http://127.0.0.1:8265/api/jobs/")
[ "$page" = 401 ] || fail "the dashboard answers $page without a token"
page=$(on_host 0 "curl -s -o /dev/null -w %{http_code} -H 'Authorization: Bearer $token' http://127.0.0.1:8265/api/jobs/")
[ "$page" = 200 ] || fail "the dashboard answers $page with the token"
say "without the token every port of every host refuses, with it they obey"
if [ -n "${HOLD:-}" ]; then echo "held: $work"; sleep "$HOLD"; fi

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
say "bench on one machine"
on_head "$board --out ~/board --address auto" || fail "bench"
for folder in board board-alone; do on_head "python tests/cluster/plain.py ~/$folder/fer4d.csv" >"$work/$folder.rows"; done
diff "$work/board.rows" "$work/board-alone.rows" || fail "the cluster measured other numbers"
say "bench: the same table as without a cluster"

for number in 0 1 2; do
  found=$(on_host $number "grep -rl $canary /tmp /home /var/log $work/shared 2>/dev/null | head -n 3" || true)
  [ -z "$found" ] || fail "host $number wrote down a secret: $found"
done
say "no secret is in any log, record or file of a host"

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
