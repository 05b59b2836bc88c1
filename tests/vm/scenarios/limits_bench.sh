#!/usr/bin/env bash
# packages: bubblewrap,podman,crun,slirp4netns
# seconds: 900
# How long a start with limits takes beside what else gives some, in turns in one login session: medians
# and ratios. No suite is named: it is run by hand, as the machine is emulated and its times are its own.
. "$(dirname "$0")/../lib.sh"
readonly rounds=${ROUNDS:-20}

# The contestants, one a line: NAME and the command.
contestants() {
  local walls="bwrap --unshare-user --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup
    --ro-bind $tree / --proc /proc --dev /dev --tmpfs /tmp --die-with-parent"
  echo "devbox $DEVBOX run -p box -- /bin/true"
  echo "devbox, limits $DEVBOX run -p box --memory 1GiB --pids 100 --cpus 1.5 -- /bin/true"
  echo "systemd-run systemd-run --user --scope --quiet -p MemoryMax=1G -p TasksMax=100 -p CPUQuota=150% /bin/true"
  echo "systemd-run and bubblewrap systemd-run --user --scope --quiet -p MemoryMax=1G -p TasksMax=100 -p CPUQuota=150%" $walls /bin/true
  echo "podman podman run --rm --network=none --memory 1g --pids-limit 100 --cpus 1.5 --rootfs $tree:O /bin/true"
}

# On standard output NAME and microseconds of every start but the first of each.
write_measure() {
  cat >/tmp/measure <<'MEASURE'
for ((round = 0; round <= rounds; ++round)); do
  while IFS=$'\t' read -r name command; do
    before=${EPOCHREALTIME/./}
    if ! $command </dev/null >/dev/null 2>/tmp/said; then
      echo "$name failed: $(head -3 /tmp/said)" >&2
    elif [ "$round" != 0 ]; then
      printf '%s\t%s\n' "$name" $((${EPOCHREALTIME/./} - before))
    fi
  done </tmp/contestants
done
MEASURE
}

check_starts_with_limits() {
  plain_profile_of tester
  contestants | sed -E 's#^(devbox, limits|devbox|systemd-run and bubblewrap|systemd-run|podman) #\1\t#' >/tmp/contestants
  write_measure
  hear session tester /usr/bin/env rounds="$rounds" bash /tmp/measure
  echo "$err" | sort | uniq -c
  sort -t$'\t' -k1,1 -k2,2n <<<"$out" | awk -F'\t' '
    function close_one() { if (n) median[name] = times[int((n + 1) / 2)]; n = 0 }
    $1 != name { close_one(); name = $1 }
    { times[++n] = $2 }
    END { close_one(); for (one in median)
      printf "%-28s %8.1f ms  %5.2f of devbox with limits\n", one, median[one] / 1000, median[one] / median["devbox, limits"] }'
}

seconds=800
run_checks "$@"
