# What fish does in a box beside what its user's own files say: the prompt names the box, and the
# terminal hears where prompts, commands and their output begin and end. `devbox enter` has fish read
# this after its user's files; lines before this one set __devbox_box, __devbox_marks, __devbox_host
# and __devbox_paths (plan/shell.cpp).
#
# No process is started for a prompt.
set -g __devbox_nonce $VSCODE_NONCE
set -g __devbox_pwd
set -g __devbox_where

# Where the user's files have integrated the shell with the terminal themselves, and where fish does
# (from 4.0, of OSC 133), it hears it once.
if set -q VSCODE_SHELL_INTEGRATION
    set -g __devbox_marks
else if test "$__devbox_marks" = 133; and string match -qr '^([4-9]|\d\d)' -- $version
    set -g __devbox_marks own
end
set -e VSCODE_NONCE
set -e VSCODE_INJECTION

function __devbox_value -d 'a value of OSC 633'
    set -l lines (string join \n -- $argv | string replace -a \\ \\\\ | string replace -a \; '\\x3b')
    if string match -qr '[\x01-\x1f]' -- $lines
        for code in 0{1,2,3,4,5,6,7,8,9,b,c,d,e,f} 1{0,1,2,3,4,5,6,7,8,9,a,b,c,d,e,f}
            set lines (string replace -a (printf "\x$code") "\\x$code" -- $lines)
        end
    end
    string join '\\x0a' -- $lines
end

function __devbox_is_shown -d 'a directory that the host has too'
    for rule in $__devbox_paths # the deepest first
        set -l path (string sub -s 2 -- $rule)
        if test "$PWD" = "$path"; or test (string sub -l (math (string length -- $path) + 1) -- $PWD) = "$path/"
            string match -q '+*' -- $rule
            return
        end
    end
    return 1
end

function __devbox_locate
    set -g __devbox_pwd $PWD
    set -g __devbox_where
    test -n "$__devbox_host"; and __devbox_is_shown; or return
    if test "$__devbox_marks" = 633
        set -g __devbox_where \e']633;P;Cwd='(__devbox_value $PWD)\a
    else
        set -g __devbox_where \e']7;file://'$__devbox_host(string escape --style=url -- $PWD)\e\\
    end
end

if test "$__devbox_marks" = 133 -o "$__devbox_marks" = 633
    function __devbox_preexec --on-event fish_preexec
        if test $__devbox_marks = 633
            printf '\e]633;E;%s%s\a' (__devbox_value $argv[1]) (string replace -r '^' ';' -- $__devbox_nonce)
        end
        printf '\e]%s;C\a' $__devbox_marks
    end
    function __devbox_postexec --on-event fish_postexec
        printf '\e]%s;D;%s\a' $__devbox_marks $status
    end
end

function __devbox_at_prompt --on-event fish_prompt
    # fish's own says where it is with the box's name for the host's, and of paths that are here alone.
    functions -q __update_cwd_osc; and functions -e __update_cwd_osc
    test "$__devbox_pwd" = "$PWD"; or __devbox_locate
    printf %s $__devbox_where
    contains -- "$__devbox_marks" 133 633; and printf '\e]%s;A\a' $__devbox_marks
end

functions -c fish_prompt __devbox_fish_prompt
function fish_prompt
    set -l lines (__devbox_fish_prompt) # first: it sees the command's status
    set -l lead
    while test (count $lines) -gt 1; and test -z "$lines[1]"
        set -a lead ''
        set -e lines[1]
    end
    test -z "$__devbox_box"; or set lines[1] "[$__devbox_box] $lines[1]"
    printf %s (string join \n -- $lead $lines | string collect)
    contains -- "$__devbox_marks" 133 633; and printf '\e]%s;B\a' $__devbox_marks
end
