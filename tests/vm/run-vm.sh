#!/usr/bin/env bash
# Boots a machine in software emulation: run-vm.sh IMAGE IN OUT [KERNEL-ARGUMENT…]
#
# IMAGE is a directory that build-image.sh printed; it is not written to. The files of IN are in /test
# there, and /test/start is run as root; OUT gets its status, its log, the journal, and console, what the
# kernel said. The exit status is that of start, and 125 where none came back. Neither root nor KVM is needed:
#
#   VM_ACCEL    tcg,thread=multi; "kvm" is faster where it works, and may hang where it only opens
#   VM_SECONDS  300: how long the machine may run
#   VM_MEMORY   1024 MiB
set -euo pipefail
readonly image=$1 in=$2
mkdir -p "$3"
readonly out=$(cd "$3" && pwd)
shift 3
rm -f "$out"/{status,log,journal,console,progress}
PATH=$PATH:/usr/sbin:/sbin

work=$(mktemp -d "${TMPDIR:-/var/tmp}/devbox-vm.XXXXXX")
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work  # what the machine writes to its disk goes here

# Files travel as tars on raw disks: the kernel has no 9p built in.
tar --owner=0 --group=0 --numeric-owner -cf "$work/in.tar" -C "$in" .
truncate -s 16M "$work/out.tar"

read -r disk root <"$image/rootdev"
kernel_arguments=(console=ttyS0 "root=$root" rootwait rw rootfstype=ext4 quiet panic=-1 mitigations=off
  random.trust_cpu=on net.ifnames=0 systemd.show_status=0 "$@")
qemu=(qemu-system-x86_64 -accel "${VM_ACCEL:-tcg,thread=multi}" -cpu max -smp 2 -m "${VM_MEMORY:-1024}"
  -nodefaults -no-user-config -display none -no-reboot -nic none -rtc base=utc -device virtio-rng-pci
  -kernel "$image/vmlinuz" -append "${kernel_arguments[*]}"
  -drive "file=$image/disk,format=raw,if=none,id=root,snapshot=on,cache=unsafe"
  -device "$disk,drive=root,serial=ROOT"
  -drive "file=$work/in.tar,format=raw,if=none,id=in,readonly=on" -device "$disk,drive=in,serial=IN"
  -drive "file=$work/out.tar,format=raw,if=none,id=out,cache=unsafe" -device "$disk,drive=out,serial=OUT"
  -serial "file:$out/console" -serial "file:$out/progress")
ended=0
timeout --foreground -k 5 "${VM_SECONDS:-300}" "${qemu[@]}" </dev/null || ended=$?

tar -xf "$work/out.tar" -C "$out" 2>/dev/null || :  # empty where it did not come that far
[ ! -s "$out/status" ] || exit "$(cat "$out/status")"
echo "run-vm: no result from the machine; qemu ended with $ended (124: out of time)" >&2
tail -n 30 "$out/console" "$out/progress" >&2
exit 125
