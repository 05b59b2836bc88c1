#!/usr/bin/env bash
# Images for another processor than this machine's: image.platform.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/store_lib.sh"
. "$(dirname "$0")/image_lib.sh"

case $(uname -m) in
  x86_64) own=amd64 foreign=arm64 ;;
  aarch64) own=arm64 foreign=s390x ;;
  *) skip "this machine is neither amd64 nor arm64" ;;
esac

# both: the image "both" in $here/layout: "one" for this machine, and "upper" for the foreign one.
both() {
  layout
  layers index "$here/layout" both foreign upper "$foreign"
}

check_the_profiles_platform_is_locked_and_pulled_and_the_others_stay() {
  local own_root before
  both
  locked "oci:$here/layout:both"
  own_root=$root
  same "the platforms that are locked" 2 "$(grep -c "^\\[platform" "$(lock_file)")"
  same "the trees that are known" 1 "$(grep -c "^tree = " "$(lock_file)")"
  from "oci:$here/layout:both" "platform = \"linux/$foreign\""
  pull
  same "the status of a pull by what is locked" 0 "$status" || wrong "$err"
  before=$out
  lock
  same "the status of the lock" 0 "$status" || wrong "$err"
  same "the trees that are known now" 2 "$(grep -c "^tree = " "$(lock_file)")"
  pull --locked
  same "the status of the pull" 0 "$status" || wrong "$err"
  same "the tree" "$before" "$out"
  true_that "it is another tree" [ "$out" != "$own_root" ]
  true_that "it is the foreign one" [ -e "$out/data/more" ]
  capture "$DEVBOX" outdated -p box --exit-code
  same "the status of outdated" 0 "$status" || wrong "$out"
  from "oci:$here/layout:both"
  pull --locked
  same "the tree of this machine" "$own_root" "$out"
  from "oci:$here/layout:both" 'platform = "linux/riscv64"'
  lock
  same "the status of a platform that is not there" 1 "$status"
  holds "what is said of it" "$err" "linux/riscv64"
  holds "what there is" "$err" "linux/$foreign"
}

check_an_image_for_another_processor_is_not_entered_without_what_runs_its_programs() {
  both
  locked "oci:$here/layout:both" "platform = \"linux/$foreign\""
  if grep -qs -e "^flags: .*F" /proc/sys/fs/binfmt_misc/qemu-*; then
    echo "    this host may run programs of other processors: not tried"
    return
  fi
  run -- /bin/hold
  same "the status of run" 125 "$status"
  holds "what is said" "$err" "is for linux/$foreign, and this machine is linux/$own: no entry of binfmt_misc runs such programs here"
  holds "what to do" "$err" "qemu-user-static"
  capture "$DEVBOX" plan -p box -- /bin/hold
  same "the status of plan" 0 "$status" || wrong "$err"
  capture "$DEVBOX" image export -p box "oci:$here/out:x"
  same "the status of export" 0 "$status" || wrong "$err"
  same "the platform of the export" "linux/$foreign" "$(
    skopeo inspect --config --override-arch "$foreign" "oci:$here/out:x" |
      python3 -c 'import json, sys; a = json.load(sys.stdin); print(a["os"] + "/" + a["architecture"])')"
}

check_a_platform_is_of_images_that_have_one() {
  local source
  for source in "rootfs:$tree" host; do
    from "$source" "platform = \"linux/$own\""
    run -- true
    same "the status of $source" 125 "$status"
    holds "what is said of $source" "$err" "image.platform"
  done
  from debian:bookworm "platform = \"linux/$foreign\""
  lock
  same "the status of debian" 1 "$status"
  holds "what is said of debian" "$err" "is made on a machine of its platform"
}

run_checks "$@"
