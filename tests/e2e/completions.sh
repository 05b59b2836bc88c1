#!/bin/bash
# The completions in the shells that they are for: a TAB that is typed at a terminal in bash and
# zsh, and what fish answers when it is asked.
. "$(dirname "$0")/lib.sh"
needs bash zsh fish
readonly bash_completion=/usr/share/bash-completion/bash_completion
[ -r "$bash_completion" ] || skip "there is no bash-completion on this host"
readonly completions=$DEVBOX_SOURCE_DIR/completions
PATH=$(dirname "$DEVBOX"):$PATH

# Types a line and a TAB, then ^T, for which the shell writes down its line: driver SHELL SETUP LINE.
cat >"$work/driver" <<'END'
zmodload zsh/zpty zsh/zselect
wait_for() {  # FILE, ten seconds at most
  local i output
  for ((i = 0; i < 1000; i++)); do
    while zpty -rt shell output; do :; done
    [[ -e $1 ]] && return
    zselect -t 1
  done
  print -r "no answer: $1" >&2
  exit 1
}
zpty -b shell $=1
zpty -w shell "source $2"
wait_for ready
zpty -w -n shell $3$'\t'
zpty -w -n shell $'\x14'
wait_for line
zpty -d shell
END

cat >"$work/setup.bash" <<END
PS1=
. $bash_completion
. $completions/devbox.bash
devbox_and_tell() {
  _devbox "\$@"
  printf '%s\n' "\${COMPREPLY[@]}" >offers
}
complete -F devbox_and_tell devbox
bind -x '"\C-t": printf %s "\$READLINE_LINE" >line.part && mv line.part line'
: >ready
END

cat >"$work/setup.zsh" <<END
PROMPT=
fpath=($completions \$fpath)
autoload -U compinit
compinit -u -D
: >offers
compadd() {
  local -a offers
  # With these it is asked what matches, and adds nothing.
  if [[ " \$* " != *' -'[OAD]* ]]; then
    builtin compadd -A offers "\$@"
    print -rl -- \$offers >>offers
  fi
  builtin compadd "\$@"
}
tell() { print -rn -- \$BUFFER >line.part && mv line.part line; zle -I; }
zle -N tell
bindkey '^I' complete-word
bindkey '^T' tell
: >ready
END

# tab SHELL LINE: $offers, what LINE and a TAB bring up, one a line, sorted; but in fish $line, what
# becomes of it.
tab() {
  rm -f ready line offers
  case $1 in
    bash) zsh -f "$work/driver" "bash --norc --noprofile -i" "$work/setup.bash" "$2" ;;
    zsh) zsh -f "$work/driver" "zsh -f -i" "$work/setup.zsh" "$2" ;;
    fish)
      fish --no-config -c "source $completions/devbox.fish; complete -C '$2'" | cut -f 1 >offers
      : >line
      ;;
  esac || wrong "$1 gives no answer to: $2"
  offers=$(sort -u offers 2>/dev/null | sed '/^$/d')
  line=$(cat line 2>/dev/null && echo .)
  line=${line%.}
}

# offers LINE EXPECTED…: exactly these, in each shell.
offers() {
  local typed=$1 shell
  shift
  for shell in bash zsh fish; do
    tab "$shell" "$typed"
    same "$shell offers after \"$typed\"" "$(printf '%s\n' "$@" | sort -u)" "$offers"
  done
}

# becomes LINE EXPECTED, in the shells that edit it before our eyes.
becomes() {
  local shell
  for shell in bash zsh; do
    tab "$shell" "$1"
    same "$shell makes of \"$1\"" "$2" "${line%=}"
  done
}

# offers_among LINE EXPECTED: among others.
offers_among() {
  local shell
  for shell in bash zsh fish; do
    tab "$shell" "$1"
    holds "$shell offers after \"$1\"" $'\n'"$offers"$'\n' $'\n'"$2"$'\n'
  done
}

check_a_tab_completes_a_verb() {
  becomes "devbox ru" "devbox run "
  offers "devbox ru" run
  offers "devbox " enter run plan build tasks init lock outdated pull image box profile exec ps stop stats limit shims editor shellenv doctor help
}

check_a_tab_completes_the_verbs_of_profile_and_of_image() {
  becomes "devbox profile u" "devbox profile untrust "
  offers "devbox profile " ls schema show trust untrust
  becomes "devbox image i" "devbox image import "
  offers "devbox image " ls import export push rm verify du gc
}

check_a_tab_completes_an_option() {
  offers "devbox run --net" --network
  becomes "devbox run --ver" "devbox run --verbose "
}

check_every_verb_offers_the_options_that_its_help_lists_and_no_others() {
  local verb options
  for verb in enter run plan build tasks init lock outdated pull exec ps stop stats limit shims editor shellenv doctor "image ls" "image import" "image export" "image push" "image rm" "image verify" "image du" \
    "image gc" "profile ls" "profile show" "profile schema" "profile trust" "profile untrust"; do
    options=$("$DEVBOX" $verb --help | sed -n 's/^  \(-[^ {]*\).*/\1/p' | tr , '\n')
    true_that "the help of $verb lists options" [ -n "$options" ]
    local shell
    for shell in bash zsh fish; do
      tab "$shell" "devbox $verb -"
      same "$shell offers for $verb" "$(sort <<<"$options")" "$(grep -vx -e -- <<<"$offers")"
    done
  done
}

check_an_option_offers_the_values_that_it_takes() {
  offers "devbox run --network " host none
  offers "devbox enter --map " auto self root subids
  offers "devbox plan --root " host rootfs:
  offers "devbox init " host debian image rootfs
  offers "devbox editor " vscode neovim helix zed emacs direnv
  offers "devbox shellenv --shell " bash zsh fish
  becomes "devbox run --network n" "devbox run --network none "
}

check_profiles_are_offered_by_name_and_by_path() {
  : >here.toml
  local typed
  for typed in "devbox enter " "devbox run -p " "devbox profile trust "; do
    offers_among "$typed" box
    offers_among "$typed" host
    offers_among "$typed" here.toml
  done
}

check_tasks_are_offered_of_the_nearest_profile_and_of_one_that_is_named() {
  printf '[tasks.near]\nrun = "x"\nenv.name = "far"\n[tasks.next]\nrun = "x"\n' >devbox.toml
  printf '[tasks.other]\nrun = "x"\n' >other.toml
  offers "devbox run --task " near next
  becomes "devbox run --task nea" "devbox run --task near "
  offers "devbox run -p ./other.toml --task " other
}

check_what_follows_two_dashes_is_completed_as_a_command() {
  offers_among "devbox run -- gre" grep
  offers_among "devbox plan --network none -- gre" grep
  offers "devbox enter -- gre"
}

check_a_second_part_of_a_word_is_completed_too() {
  mkdir -p source
  becomes "devbox run --root rootfs:sou" "devbox run --root rootfs:source/"
  becomes "devbox run --bind /a:sou" "devbox run --bind /a:source/"
  becomes "devbox run --bind /a:/b:r" "devbox run --bind /a:/b:r"
  becomes "devbox enter --env XDG_RUNTIME" "devbox enter --env XDG_RUNTIME_DIR"
}

run_checks "$@"
