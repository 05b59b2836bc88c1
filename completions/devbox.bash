# devbox(1) in bash, for bash-completion, which loads this file at the first TAB after `devbox`.

# The profiles that have names; `devbox profile ls` reads a few small files.
_devbox_profile_names() {
  "$devbox" profile ls 2>/dev/null | sed 's/ .*//'
}

# A profile: a name, or a path.
_devbox_profile() {
  _filedir toml
  COMPREPLY+=($(compgen -W "$(_devbox_profile_names)" -- "$cur"))
}

# _devbox_after PREFIX FUNCTION [ARGUMENT…]: what the function offers for the rest of the word. A
# colon may be one of the characters at which readline breaks words.
_devbox_after() {
  local prefix=$1 whole=$cur
  shift
  cur=${cur#"$prefix"}
  "$@"
  COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
  __ltrim_colon_completions "$whole"
}

_devbox_bind_mode() { COMPREPLY=($(compgen -W "ro rw" -- "$cur")); }

# SOURCE:TARGET:ro
_devbox_bind() {
  case $cur in
    *:*:*) _devbox_after "${cur%:*}:" _devbox_bind_mode ;;
    *:*) _devbox_after "${cur%%:*}:" _filedir ;;
    *) _filedir ;;
  esac
}

_devbox_root() {
  case $cur in
    rootfs:*) _devbox_after rootfs: _filedir -d ;;
    *)
      COMPREPLY=($(compgen -W "host rootfs:" -- "$cur"))
      [[ ${COMPREPLY-} != rootfs: ]] || compopt -o nospace
      ;;
  esac
}

_devbox_variable() {
  [[ $cur == *=* ]] && return
  COMPREPLY=($(compgen -e -S = -- "$cur"))
  compopt -o nospace
}

# The value of option $1; fails where it takes none.
# The images of the store, by their sources.
_devbox_image() {
  local IFS=$'\n'
  COMPREPLY=($(compgen -W "$1$("$devbox" image ls 2>/dev/null | sed 's/^[^ ]* *[^ ]* [^ ]* *//')" -- "$cur"))
  __ltrim_colon_completions "$cur"
}

# The boxes that run and have a control group, by their ids.
_devbox_box() {
  COMPREPLY=($(compgen -W "$("$devbox" stats --json 2>/dev/null | sed -n 's/^ *"id": "\(.*\)",$/\1/p')" -- "$cur"))
}

# The tasks of the profile that -p names, or of the nearest.
_devbox_task() {
  local i profile=()
  for ((i = 2; i < cword; i++)); do
    [[ ${words[i]} != -p && ${words[i]} != --profile ]] || profile=(-p "${words[i + 1]}")
  done
  COMPREPLY=($(compgen -W "$("$devbox" tasks --json "${profile[@]}" 2>/dev/null | sed -n 's/^    "name": "\(.*\)",$/\1/p')" -- "$cur"))
}

# What `devbox build --check` varies.
_devbox_variations="build_path hostname user home locale timezone umask cpus order aslr time kernel environment"

_devbox_value() {
  case $1 in
    -p | --profile) _devbox_profile ;;
    --cwd) _filedir -d ;;
    --task) _devbox_task ;;
    --dir) _filedir -d ;;
    --shell) COMPREPLY=($(compgen -W "bash zsh fish" -- "$cur")) ;;
    --vary | --no-vary) COMPREPLY=($(compgen -W "$_devbox_variations" -- "$cur")) ;;
    --record | --verify) _filedir json ;;
    --env) _devbox_variable ;;
    --bind) _devbox_bind ;;
    --network) COMPREPLY=($(compgen -W "host none" -- "$cur")) ;;
    --map) COMPREPLY=($(compgen -W "auto self root subids" -- "$cur")) ;;
    --root) _devbox_root ;;
    --pass-fd | --time | --keep-days | --rlimit | --nice | --oom-score-adj) ;;
    --memory | --memory-high) COMPREPLY=($(compgen -W "512MiB 1GiB 2GiB 4GiB 8GiB" -- "$cur")) ;;
    --swap) COMPREPLY=($(compgen -W "0 1GiB 2GiB" -- "$cur")) ;;
    --cpus | --cpuset) COMPREPLY=($(compgen -W "$(seq -s ' ' 0 "$(($(nproc) - 1))")" -- "$cur")) ;;
    --cpu-weight | --io-weight) COMPREPLY=($(compgen -W "10 50 100 200 1000" -- "$cur")) ;;
    --pids) COMPREPLY=($(compgen -W "100 1000 4096" -- "$cur")) ;;
    --io) _filedir ;;
    --cgroup) COMPREPLY=($(compgen -W "read-only delegated" -- "$cur")) ;;
    --compression) COMPREPLY=($(compgen -W "gzip zstd none" -- "$cur")) ;;
    --max-size) COMPREPLY=($(compgen -W "5GiB 10GiB 20GiB 50GiB" -- "$cur")) ;;
    *) return 1 ;;
  esac
}

_devbox_options() {
  local changeable="--memory --memory-high --swap --cpus --cpu-weight --cpuset --pids --io --io-weight"
  local limits="$changeable --oom-group --rlimit --nice --oom-score-adj --cgroup --limits-required"
  local box="-h --help -p --profile --cwd --env --bind --network --map --root --pass-fd --trust --locked $limits"
  local start="--new --keep --stats --timings --verbose"
  case $1 in
    enter) echo "$box $start" ;;
    run) echo "$box $start --task --lsp --" ;;
    plan) echo "$box --json --" ;;
    build) echo "-h --help -p --profile --check --vary --no-vary --record --verify --json --verbose --quiet --trust $limits" ;;
    tasks) echo "-h --help -p --profile --json" ;;
    init) echo "-h --help" ;;
    exec) echo "-h --help --cwd --env --pass-fd --" ;;
    ps) echo "-h --help --json --quiet" ;;
    stop) echo "-h --help --all --time" ;;
    stats) echo "-h --help --once --json" ;;
    limit) echo "-h --help --force $changeable" ;;
    shims) echo "-h --help -p --profile --dir" ;;
    editor) echo "-h --help -p --profile --write --dry-run" ;;
    shellenv) echo "-h --help -p --profile --shell" ;;
    doctor) echo "-h --help -p --profile --json --fix-script" ;;
    lock) echo "-h --help -p --profile --update --locked --quiet" ;;
    outdated) echo "-h --help -p --profile --exit-code --json" ;;
    pull) echo "-h --help -p --profile --locked --quiet" ;;
    "image import") echo "-h --help" ;;
    "image export" | "image push") echo "-h --help -p --profile --compression" ;;
    "box diff") echo "-h --help -p --profile --key --json" ;;
    "box reset") echo "-h --help -p --profile --old --yes" ;;
    "box commit") echo "-h --help -p --profile --as --reset" ;;
    "profile ls" | "image ls" | "image rm" | "image du" | "box ls") echo "-h --help --json" ;;
    "image verify") echo "-h --help --repair --json" ;;
    "image gc") echo "-h --help --keep-days --max-size --dry-run --json" ;;
    "profile schema") echo "-h --help" ;;
    "profile show") echo "-h --help -p --profile --json" ;;
    "profile trust" | "profile untrust") echo "-h --help -p --profile" ;;
    "") echo "-h --help --version" ;;
  esac
}

# What is not an option.
_devbox_word() {
  case $1 in
    enter | run | plan | tasks | lock | outdated | pull | doctor | "box diff" | "box reset" | "box commit" | "profile show" | "profile trust" | "profile untrust")
      _devbox_profile
      ;;
    build) _devbox_task ;;
    stats | limit) _devbox_box ;;
    exec | stop) COMPREPLY=($(compgen -W "$("$devbox" ps --quiet 2>/dev/null)" -- "$cur")) ;;
    init) COMPREPLY=($(compgen -W "host debian image rootfs" -- "$cur")) ;;
    editor) COMPREPLY=($(compgen -W "vscode neovim helix zed emacs direnv" -- "$cur")) ;;
    image) COMPREPLY=($(compgen -W "ls import export push rm verify du gc" -- "$cur")) ;;
    box) COMPREPLY=($(compgen -W "diff reset commit ls" -- "$cur")) ;;
    "image import") _filedir ;;
    "image rm" | "image export" | "image push") _devbox_image "" ;;
    "image verify") _devbox_image $'all\n' ;;
    profile) COMPREPLY=($(compgen -W "ls show schema trust untrust" -- "$cur")) ;;
    "") COMPREPLY=($(compgen -W "enter run plan build tasks init lock outdated pull image box profile exec ps stop stats limit shims editor shellenv doctor help" -- "$cur")) ;;
  esac
}

_devbox() {
  local cur prev words cword split devbox=${1/#\~/$HOME} verb='' i
  # The command of run and plan is completed as it would be by itself.
  for ((i = 2; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == -- ]] || continue
    [[ ${COMP_WORDS[1]} == run || ${COMP_WORDS[1]} == plan ]] && _command_offset $((i + 1))
    return
  done
  _init_completion -s -n : || return
  [[ $cword == 1 ]] || verb=${words[1]}
  [[ $verb != profile && $verb != image && $verb != box || $cword == 2 ]] || verb+=" ${words[2]}"
  _devbox_value "$prev" && return
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(_devbox_options "$verb")" -- "$cur"))
  else
    _devbox_word "$verb"
  fi
} && complete -F _devbox devbox
