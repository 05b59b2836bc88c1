#!/usr/bin/env bash
# A disk with a real Debian on it, for run-vm.sh: build-image.sh SUITE DIRECTORY
#
# Prints the directory below DIRECTORY that has it: vmlinuz, disk, and rootdev, the disk's kind and the
# partition that is the root. It is named for its recipe, which is this file, tests/apt.sh, machine/ and the suite, and is built
# where it is not there yet: in about a minute, by an ordinary user with subordinate ids.
#
# The machine has systemd, PAM and D-Bus as a small server has; the users "tester", with subordinate
# ids, and "nosub", without; and /srv/tree, a root filesystem for boxes, which is tester's.
#
#   DEVBOX_VM_PACKAGES  more packages, "bubblewrap,podman", on a disk of their own name
set -euo pipefail
umask 022
readonly here=$(cd "$(dirname "$0")" && pwd)
. "$here/../apt.sh"

readonly suite=$1
# A kernel with NVMe and ext4 built in, so that it starts without an initrd.
export kernel=linux-image-cloud-amd64
export modules="overlay fuse autofs4"
readonly disk_sectors=4194304 partition_start=2048  # of 512 bytes
packages=systemd,systemd-sysv,udev,dbus,dbus-user-session,libpam-systemd,uidmap,iproute2,procps,kmod,mount
packages+=,passwd,login,less,make,python3,tmux,vim-tiny,xz-utils,zstd
options=()
[ -z "${DEVBOX_VM_PACKAGES:-}" ] || packages+=,$DEVBOX_VM_PACKAGES
case $suite in  # devbox-image is linked with what bullseye does not have
  bullseye) options+=(--setup-hook=/usr/share/mmdebstrap/hooks/merged-usr/setup00.sh) ;;  # as installers do
  bookworm) packages+=,libarchive13,libcurl4,libisal2,libssl3 ;;
  *) packages+=,libarchive13t64,libcurl4t64,libisal2,libssl3t64 ;;
esac
export SOURCE_DATE_EPOCH=1700000000

recipe() {
  cat "$here/build-image.sh" "$here/../apt.sh"
  tar --sort=name --mtime=@0 --owner=0 --group=0 --mode=u+rwX,go+rX,go-w -cf - -C "$here/machine" .
  echo "$suite${DEVBOX_VM_PACKAGES:+ $DEVBOX_VM_PACKAGES}"
}

# Root of subordinate ids, as mmdebstrap is.
as_fake_root() { unshare --user --map-root-user --map-auto "$@"; }

remove_work() {
  as_fake_root rm -rf "$work"
}

# Only the modules that a test needs: all of them are ten times the rest.
write_kernel_hook() {
  cat >"$work/kernel-hook" <<'HOOK'
#!/bin/sh
# $1 is the new root. Outside of it, as the bootstrap's root.
set -eu
root=$1
mkdir "$root/.kernel"
cd "$root/.kernel"
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
package=$(apt-cache depends --important "$kernel" | sed -n 's/^ *Depends: //p' | grep -m1 '^linux-image-[0-9]')
apt-get -o APT::Sandbox::User=root download "$package"
mkdir files
for archive in ./*.deb; do dpkg-deb --fsys-tarfile "$archive" | tar -x -C files; done
from=$(echo files/lib/modules/* files/usr/lib/modules/* | tr ' ' '\n' | grep -v '\*')
release=${from##*/}
to=$root/lib/modules/$release
mkdir -p "$root/boot" "$to"
cp files/boot/vmlinuz-* "$root/boot/vmlinuz"
if grep -q '^CONFIG_BLK_DEV_NVME=y' files/boot/config-*; then
  echo nvme
elif grep -q '^CONFIG_VIRTIO_BLK=y' files/boot/config-*; then
  echo virtio-blk-pci
else
  echo "the kernel $release has no disk driver built in" >&2
  exit 1
fi >"$root/boot/diskdev"
cp "$from"/modules.builtin* "$from/modules.order" "$to/"
for module in $modules; do
  file=$(cd "$from" && find . -name "$module.ko*" | head -n 1)
  if [ -n "$file" ]; then
    mkdir -p "$to/$(dirname "$file")"
    cp "$from/$file" "$to/$file"
  elif ! grep -q "/$module.ko" "$from/modules.builtin"; then
    echo "the kernel $release has no module $module" >&2
    exit 1
  fi
done
cd /
rm -rf "$root/.kernel"
chroot "$root" depmod "$release"
HOOK
  chmod 755 "$work/kernel-hook"
}

make_archive() {
  tar --owner=0 --group=0 --mode=u+rwX,go+rX,go-w -cf "$work/machine.tar" -C "$here/machine" .
  write_kernel_hook
  bootstrap "$suite" --variant=essential --include="$packages" "${options[@]}" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/i18n/*' \
    --customize-hook="$work/kernel-hook" \
    --customize-hook="tar-in $work/machine.tar /" \
    --customize-hook='chroot "$1" sh /usr/local/sbin/vm-customize' >"$work/root.tar"
}

little_endian() {  # of 4 bytes, for printf
  local value=$1
  printf '\\x%02x' $((value & 255)) $((value >> 8 & 255)) $((value >> 16 & 255)) $((value >> 24 & 255))
}

# With one partition: its id says which disk is the root's. A kernel that probes disks beside each other
# gives their names as it finds them.
write_partition_table() {
  printf "$(little_endian 0xdeb0deb0)" | at_byte 440 "$1"
  printf "\\0\\0\\2\\0\\x83\\xff\\xff\\xff$(little_endian $partition_start)$(little_endian $disk_sectors)" | at_byte 446 "$1"
  printf '\x55\xaa' | at_byte 510 "$1"
}

at_byte() { dd of="$2" bs=1 seek="$1" conv=notrunc status=none; }

# The same names, times and ids each time, so that the same packages give the same disk.
make_disk() {
  as_fake_root sh -eu -c '
    mkdir "$1/root"
    tar --numeric-owner --xattrs --xattrs-include="*" --exclude="./dev/*" -xpf "$1/root.tar" -C "$1/root"
    cp "$1/root/boot/vmlinuz" "$1/root/boot/diskdev" "$1/"
    E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -F -t ext4 -O ^has_journal -m 0 \
      -E root_owner=0:0,lazy_itable_init=1,hash_seed=00000000-0000-4000-8000-000000000001,offset="$3" \
      -U 00000000-0000-4000-8000-000000000002 -d "$1/root" "$1/disk" "$2s"' \
    sh "$work" "$disk_sectors" $((partition_start * 512))
  as_fake_root chmod 666 "$work/disk" "$work/diskdev" "$work/vmlinuz"
  write_partition_table "$work/disk"
  echo "$(cat "$work/diskdev") PARTUUID=deb0deb0-01" >"$work/rootdev"
}

mkdir -p "$2"
readonly image=$(cd "$2" && pwd)/$suite-$(recipe | sha256sum | cut -c1-16)
exec 9>"$image.lock"
flock 9
if [ ! -d "$image" ]; then
  PATH=$PATH:/usr/sbin:/sbin
  work=$(mktemp -d "${TMPDIR:-/var/tmp}/devbox-vm-image.XXXXXX")
  trap remove_work EXIT
  chmod 755 "$work"
  make_archive >&2
  make_disk >&2
  rm -rf "$image.part"
  mkdir "$image.part"
  cp --sparse=always "$work/disk" "$work/vmlinuz" "$work/rootdev" "$image.part/"
  chmod 644 "$image.part"/*
  mv "$image.part" "$image"
fi
echo "$image"
