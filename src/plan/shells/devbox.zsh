# What zsh does in a box beside what its user's own files say: the prompt names the box, and the
# terminal hears where prompts, commands and their output begin and end. `devbox enter` has $ZDOTDIR
# lead here, to .zshenv, alone; lines before this one give it back its own value, by which zsh finds
# all the others, and set __devbox_box, __devbox_marks, __devbox_host and __devbox_paths
# (plan/shell.cpp).
#
# No process is started for a prompt. Functions are defined before the user's files are read, so that
# no alias changes them.
typeset -gi __devbox_ran=0
typeset -g __devbox_pwd= __devbox_where= __devbox_open= __devbox_close= __devbox_nonce=${VSCODE_NONCE-}

# The bytes of $1 that an URL does not hold as they are, as %HH: in $REPLY.
__devbox_url() {
  builtin emulate -L zsh -o extended_glob -o no_multibyte
  builtin local LC_ALL=C MATCH MBEGIN MEND
  REPLY=${1//(#m)[^A-Za-z0-9\/._~-]/%${(l:2::0:)$(([##16]#MATCH))}}
}

# $1 as a value of OSC 633: in $REPLY.
__devbox_value() {
  builtin emulate -L zsh -o extended_glob -o no_multibyte
  builtin local MATCH MBEGIN MEND
  REPLY=${1//(#m)[\\;$'\x01'-$'\x1f']/\\x${(Ll:2::0:)$(([##16]#MATCH))}}
  REPLY=${REPLY//'\x5c'/'\\'}
}

# A directory that the host has too.
__devbox_is_shown() {
  builtin local rule
  for rule in $__devbox_paths; do  # the deepest first
    [[ $PWD/ == ${(b)rule[2,-1]}/* ]] || builtin continue
    [[ $rule == +* ]]
    builtin return
  done
  builtin return 1
}

__devbox_locate() {
  __devbox_pwd=$PWD __devbox_where=
  [[ -n $__devbox_host ]] && __devbox_is_shown || builtin return 0
  builtin local REPLY
  if [[ $__devbox_marks == 633 ]]; then
    __devbox_value $PWD
    __devbox_where=$'\e]633;P;Cwd='$REPLY$'\a'
  else
    __devbox_url $PWD
    __devbox_where=$'\e]7;file://'$__devbox_host$REPLY$'\e\\'
  fi
}

__devbox_preexec() {
  builtin emulate -L zsh
  builtin local REPLY
  __devbox_ran=1
  if [[ $__devbox_marks == 633 ]]; then
    __devbox_value "$1"
    builtin print -rn -- $'\e]633;E;'$REPLY${__devbox_nonce:+;$__devbox_nonce}$'\a'
  fi
  builtin print -rn -- $'\e]'$__devbox_marks$';C\a'
}

# After the user's own: what they have made of the prompt gets our marks again.
__devbox_precmd() {
  builtin local -i last=$?
  builtin emulate -L zsh
  builtin local own=${PS1-} lead=
  own=${own//$__devbox_open/}
  own=${own//$__devbox_close/}
  while [[ $own == $'\n'* ]]; do lead+=$'\n' own=${own[2,-1]}; done
  PS1=$lead$__devbox_open$own$__devbox_close
  [[ -n $__devbox_marks ]] || builtin return 0
  (( ! __devbox_ran )) || builtin print -rn -- $'\e]'$__devbox_marks";D;$last"$'\a'
  __devbox_ran=0
  [[ $__devbox_pwd == $PWD ]] || __devbox_locate
  builtin print -rn -- $__devbox_where
}

# At the first prompt, after all of the user's files.
__devbox_begin() {
  builtin local -i last=$?
  builtin emulate -L zsh
  precmd_functions=(${precmd_functions:#__devbox_begin} __devbox_precmd)
  # Where they have integrated the shell with the terminal themselves, it hears it once.
  if [[ -n ${VSCODE_SHELL_INTEGRATION-} || ${PS1-} == *']133;A'* ]]; then __devbox_marks=; fi
  builtin unset VSCODE_NONCE VSCODE_INJECTION
  if [[ -n $__devbox_marks ]]; then
    preexec_functions+=(__devbox_preexec)
    __devbox_open=$'%{\e]'$__devbox_marks$';A\a%}'
    __devbox_close=$'%{\e]'$__devbox_marks$';B\a%}'
  fi
  [[ -z $__devbox_box ]] || __devbox_open+="%{%}[$__devbox_box] %{%}"
  builtin unfunction __devbox_begin
  __devbox_precmd
}

if [[ -o interactive ]]; then
  typeset -ga precmd_functions preexec_functions
  precmd_functions+=(__devbox_begin)
fi
[[ ! -r ${ZDOTDIR-$HOME}/.zshenv ]] || builtin source ${ZDOTDIR-$HOME}/.zshenv
