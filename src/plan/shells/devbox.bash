# What bash does in a box beside what its user's own files say: the prompt names the box, and the
# terminal hears where prompts, commands and their output begin and end. `devbox enter` starts
# `bash --posix`, which reads this file by $ENV and no other; lines before this one set __devbox_box,
# __devbox_marks, __devbox_host and __devbox_paths (plan/shell.cpp).
#
# No process is started for a prompt. Functions are defined before the user's files are read, so that
# no alias changes them.
builtin set +o posix
builtin shopt -u inherit_errexit 2>/dev/null  # --posix sets it, and +o posix leaves it (bash 4.4)
[ "${HISTFILE-}" != "$HOME/.sh_history" ] || HISTFILE=$HOME/.bash_history

__devbox_ran=0          # whether a command has run since the last prompt
__devbox_pwd=           # the directory that __devbox_where was made for
__devbox_where=         # what tells it to the terminal
__devbox_line=0         # the last command's number in the history
__devbox_nonce=${VSCODE_NONCE-}

# The bytes of $1 that an URL does not hold as they are, as %HH: in $REPLY. Whoever calls it hears of
# no locale that the image lacks: 2>/dev/null.
__devbox_url() {
  builtin local LC_ALL=C i byte
  REPLY=
  for ((i = 0; i < ${#1}; i++)); do
    byte=${1:i:1}
    case $byte in
      [A-Za-z0-9/._~-]) REPLY+=$byte ;;
      *)
        builtin printf -v byte %d "'$byte"
        builtin printf -v byte %%%02X $((byte & 255))
        REPLY+=$byte
        ;;
    esac
  done
}

# $1 as a value of OSC 633: in $REPLY.
__devbox_value() {
  builtin local i byte
  REPLY=${1//\\/'\\'}
  REPLY=${REPLY//;/'\x3b'}
  [[ $REPLY == *[[:cntrl:]]* ]] || builtin return 0
  builtin local LC_ALL=C text
  text=$REPLY
  REPLY=
  for ((i = 0; i < ${#text}; i++)); do
    byte=${text:i:1}
    [[ $byte == [$'\001'-$'\037'] ]] && builtin printf -v byte '\\x%02x' "'$byte"
    REPLY+=$byte
  done
}

# A directory that the host has too.
__devbox_is_shown() {
  builtin local rule
  for rule in ${__devbox_paths[@]+"${__devbox_paths[@]}"}; do  # the deepest first
    [[ $PWD/ == "${rule:1}"/* ]] || builtin continue
    [[ $rule == +* ]]
    builtin return
  done
  builtin return 1
}

__devbox_locate() {
  __devbox_pwd=$PWD __devbox_where=
  [ -n "$__devbox_host" ] && __devbox_is_shown || builtin return 0
  builtin local REPLY
  if [ "$__devbox_marks" = 633 ]; then
    { __devbox_value "$PWD"; } 2>/dev/null
    __devbox_where=$'\e]633;P;Cwd='$REPLY$'\a'
  else
    { __devbox_url "$PWD"; } 2>/dev/null
    __devbox_where=$'\e]7;file://'$__devbox_host$REPLY$'\e\\'
  fi
}

# The command that is about to run, in the subshell that $PS0 makes of it in VS Code's terminal.
__devbox_command() {
  builtin local HISTTIMEFORMAT= REPLY text number
  text=$(builtin history 1)
  number=${text#"${text%%[! ]*}"}
  number=${number%%[!0-9]*}
  # One that the history left out is not known: a wrong one is worse than none.
  [ -n "$number" ] && [ "$number" != "$1" ] || builtin return 0
  text=${text#*"$number"}
  { __devbox_value "${text:2}"; } 2>/dev/null
  builtin printf '\e]633;E;%s%s\a' "$REPLY" "${__devbox_nonce:+;$__devbox_nonce}"
}

# Before the user's own PROMPT_COMMAND, which sees $? as it was.
__devbox_before() {
  builtin local status=$?
  if [ "$__devbox_ran" = 1 ] && [ -n "$__devbox_marks" ]; then
    builtin printf '\e]%s;D;%s\a' "$__devbox_marks" "$status"
  fi
  __devbox_ran=0
  builtin return "$status"
}

# After it: what it has made of the prompts gets our marks again.
__devbox_after() {
  builtin local status=$? own lead=  # `builtin local` splits what it assigns
  own=${PS1-}
  own=${own//"$__devbox_open"/}
  own=${own//"$__devbox_close"/}
  while :; do  # the box is named on the line where the prompt is
    case $own in
      '\n'*) lead+='\n' own=${own:2} ;;
      $'\n'*) lead+=$'\n' own=${own:1} ;;
      *) builtin break ;;
    esac
  done
  PS1=$lead$__devbox_open$own$__devbox_close
  if [ -n "$__devbox_marks" ]; then
    [[ ${PS0-} == *"$__devbox_start"* ]] || PS0=$__devbox_start${PS0-}
    [ "$__devbox_pwd" = "$PWD" ] || __devbox_locate
    builtin printf %s "$__devbox_where"
    [ "$__devbox_marks" != 633 ] || __devbox_line=$((HISTCMD - 1))
  fi
  builtin return "$status"
}

# Once, after the user's files.
__devbox_begin() {
  # Where they have integrated the shell with the terminal themselves, it hears it once.
  if [ -n "${VSCODE_SHELL_INTEGRATION-}" ] || [[ ${PS1-} == *']133;A'* ]]; then __devbox_marks=; fi
  builtin unset VSCODE_NONCE VSCODE_INJECTION
  __devbox_open= __devbox_close= __devbox_start=
  if [ -n "$__devbox_marks" ]; then
    __devbox_open='\[\e]'$__devbox_marks';A\a\]'
    __devbox_close='\[\e]'$__devbox_marks';B\a\]'
    # $PS0 (bash 4.4) is expanded before a command runs; the arithmetic in it says nothing.
    __devbox_start='\e]'$__devbox_marks';C\a${PS0:$((__devbox_ran=1,0)):0}'
    [ "$__devbox_marks" != 633 ] || __devbox_start='$(__devbox_command $__devbox_line)'$__devbox_start
  fi
  [ -z "$__devbox_box" ] || __devbox_open+='\[\]'"[$__devbox_box] "'\[\]'
  # What a shell inside this one cannot call must not reach it.
  builtin export -n PROMPT_COMMAND PS0
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
    PROMPT_COMMAND=(__devbox_before ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"} __devbox_after)
  else
    PROMPT_COMMAND="__devbox_before${PROMPT_COMMAND:+
$PROMPT_COMMAND}
__devbox_after"
  fi
}

# As bash(1), INVOCATION, has it; /etc/bash.bashrc is what Debian's reads.
if builtin shopt -q login_shell; then
  if [ -r /etc/profile ]; then builtin . /etc/profile; fi
  for __devbox_file in ~/.bash_profile ~/.bash_login ~/.profile; do
    if [ -f "$__devbox_file" ] && [ -r "$__devbox_file" ]; then
      builtin . "$__devbox_file"
      builtin break
    fi
  done
else
  for __devbox_file in /etc/bash.bashrc ~/.bashrc; do
    if [ -f "$__devbox_file" ] && [ -r "$__devbox_file" ]; then builtin . "$__devbox_file"; fi
  done
fi
builtin unset __devbox_file
__devbox_begin
