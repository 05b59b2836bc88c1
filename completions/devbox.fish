# devbox(1) in fish.

# The verb, "run" or "profile ls", if it is one of the arguments and no `--` has come yet.
function __devbox_is
    set -l words (commandline -opc)
    contains -- -- $words; and return 1
    set -l verb $words[2]
    contains -- "$verb" profile image box; and set verb "$verb $words[3]"
    contains -- "$verb" $argv
end

# It has no verb yet.
function __devbox_starts
    test (count (commandline -opc)) -eq 1
end

# A word of its own may still name the profile.
function __devbox_wants_profile
    __devbox_is enter run plan tasks lock outdated pull doctor 'box diff' 'box reset' 'box commit' 'profile show' 'profile trust' 'profile untrust'
end

function __devbox_has_command
    set -l words (commandline -opc)
    contains -- "$words[2]" run plan; and contains -- -- $words
end

# The profiles that have names; `devbox profile ls` reads a few small files.
function __devbox_profile_names
    set -l words (commandline -opc)
    $words[1] profile ls 2>/dev/null | string replace -r '^(\S+)\s+\S+\s*(.*)$' '$1\t$2'
end

# The images of the store, by their sources.
function __devbox_images
    set -l words (commandline -opc)
    $words[1] image ls 2>/dev/null | string replace -r '^\S+\s+\S+ \S+\s+' ''
end

# The boxes that run and have a control group, by their ids.
function __devbox_boxes
    set -l words (commandline -opc)
    $words[1] stats --json 2>/dev/null | string replace -f -r '^ *"id": "(.*)",$' '$1'
end

# All boxes that run.
function __devbox_running
    set -l words (commandline -opc)
    $words[1] ps --quiet 2>/dev/null
end

# The tasks of the profile that -p names, or of the nearest.
function __devbox_tasks
    set -l words (commandline -opc)
    set -l profile
    if set -l at (contains -i -- -p $words; or contains -i -- --profile $words)
        set profile -p $words[(math $at + 1)]
    end
    $words[1] tasks --json $profile 2>/dev/null | string replace -f -r '^    "name": "(.*)",$' '$1'
end

# What `devbox build --check` varies.
function __devbox_variations
    printf '%s\t%s\n' build_path 'the path of the project' hostname "the host's name" \
        user "the user's name and ids" home 'the home directory' locale 'LANG and LC_ALL' \
        timezone TZ umask "the mask of new files' modes" cpus 'the number of processors' \
        order 'the order of directory entries' aslr 'where programs are loaded' \
        time 'the time, of files too' kernel "the kernel's release and version" \
        environment 'a variable that nobody knows'
end

# A profile: a name, or a path.
function __devbox_profiles
    __devbox_profile_names
    __fish_complete_suffix .toml
end

# The command of run and plan is completed as it would be by itself.
function __devbox_command
    set -l words (commandline -opc)
    set -l separator (contains -i -- -- $words)
    set -l command (string escape -- $words[(math $separator + 1)..]) (commandline -ct)
    complete -C (string join ' ' -- $command)
end

function __devbox_roots
    printf '%s\n' host\t"this host's own programs" rootfs:\t'an unpacked root filesystem'
    set -l directory (string replace -f -r '^rootfs:' '' -- (commandline -ct)); or return
    printf 'rootfs:%s\n' (__fish_complete_directories $directory '')
end

complete -c devbox -f

complete -c devbox -n __devbox_starts -s h -l help -d 'List the verbs'
complete -c devbox -n __devbox_starts -l version -d 'Print the version'
complete -c devbox -n __devbox_starts -a enter -d 'An interactive shell in the box'
complete -c devbox -n __devbox_starts -a run -d 'One command in the box'
complete -c devbox -n __devbox_starts -a plan -d 'Everything that enter or run would do; nothing is done'
complete -c devbox -n __devbox_starts -a build -d 'A task of the project, hermetically; --check builds again and compares'
complete -c devbox -n __devbox_starts -a tasks -d 'The tasks of a profile'
complete -c devbox -n __devbox_starts -a init -d 'Write a first devbox.toml here'
complete -c devbox -n __devbox_starts -a lock -d 'Pin what the image of a profile stands for, in a lock file'
complete -c devbox -n __devbox_starts -a outdated -d 'What has moved since the image of a profile was locked'
complete -c devbox -n __devbox_starts -a pull -d 'Make or unpack the image that a profile pins'
complete -c devbox -n __devbox_starts -a image -d 'Look after the images of the store'
complete -c devbox -n __devbox_starts -a box -d 'What a persistent root holds; throw it away, or make it an image'
complete -c devbox -n __devbox_starts -a profile -d 'List, show, trust or untrust profiles, and their schema'
complete -c devbox -n __devbox_starts -a exec -d 'One more command in a box that runs'
complete -c devbox -n __devbox_starts -a ps -d 'The boxes that run'
complete -c devbox -n __devbox_starts -a stop -d 'End boxes that run'
complete -c devbox -n __devbox_starts -a stats -d 'What the running boxes use, once a second'
complete -c devbox -n __devbox_starts -a limit -d 'Change the limits of a running box'
complete -c devbox -n __devbox_starts -a shims -d 'Programs on the host that run in the box'
complete -c devbox -n __devbox_starts -a editor -d 'The settings of an editor, printed, or merged into its file'
complete -c devbox -n __devbox_starts -a shellenv -d 'What a shell is to export, for direnv'
complete -c devbox -n __devbox_starts -a doctor -d 'What this host allows, what is missing, and what mends it'
complete -c devbox -n __devbox_starts -a help -d 'List the verbs'

set -l all enter run plan build tasks init lock outdated pull 'image ls' 'image import' 'image export' 'image push' 'image rm' 'image verify' 'image du' 'image gc' 'box diff' 'box reset' 'box commit' 'box ls' exec ps stop stats limit shims editor shellenv doctor 'profile ls' 'profile show' 'profile schema' 'profile trust' 'profile untrust'
complete -c devbox -n "__devbox_is '"(string join "' '" -- $all)"'" -s h -l help -d 'List the options'

complete -c devbox -n "__devbox_is 'image '" -a ls -d 'The images that are unpacked'
complete -c devbox -n "__devbox_is 'image '" -a import -d 'Unpack an archive of a root filesystem, and print the digest that pins it'
complete -c devbox -n "__devbox_is 'image '" -a export -d 'Write an image as an OCI layout, an archive of one, or a plain tar'
complete -c devbox -n "__devbox_is 'image '" -a push -d 'Send an image to a registry, but for what that has already'
complete -c devbox -n "__devbox_is 'image '" -a rm -d 'Remove images from the store'
complete -c devbox -n "__devbox_is 'image '" -a verify -d 'Compare images with what was unpacked, and mend them'
complete -c devbox -n "__devbox_is 'image '" -a du -d 'How much disk the images take, and what they share'
complete -c devbox -n "__devbox_is 'image '" -a gc -d 'Remove what nothing needs, and old images'
complete -c devbox -n "__devbox_is 'image import'" -F
complete -c devbox -n "__devbox_is 'image rm' 'image verify' 'image export' 'image push'" -a '(__devbox_images)'
complete -c devbox -n "__devbox_is 'image verify'" -a all -d 'All of them'
complete -c devbox -n "__devbox_is 'image verify'" -l repair -d 'Mend what differs'
complete -c devbox -n "__devbox_is 'image export' 'image push'" -s p -l profile -x -a '(__devbox_profiles)' -d 'The image that this profile pins'
complete -c devbox -n "__devbox_is 'image export' 'image push'" -l compression -x -a 'gzip zstd none' -d 'Of the layer'
complete -c devbox -n "__devbox_is 'image gc'" -l keep-days -x -d 'Remove images that were not used for so many days'
complete -c devbox -n "__devbox_is 'image gc'" -l max-size -x -a '5GiB 10GiB 20GiB 50GiB' -d 'Remove what was used longest ago until the store has this size'
complete -c devbox -n "__devbox_is 'image gc'" -l dry-run -d 'Say what would go; remove nothing'
complete -c devbox -n "__devbox_is 'box '" -a diff -d 'What a persistent root holds beyond its image'
complete -c devbox -n "__devbox_is 'box '" -a reset -d 'Throw a persistent root away, or what it has at some paths'
complete -c devbox -n "__devbox_is 'box '" -a commit -d 'Make a persistent root an image, and have the lock file pin it'
complete -c devbox -n "__devbox_is 'box '" -a ls -d 'The persistent roots that there are'
complete -c devbox -n "__devbox_is 'box diff'" -l key -x -d 'The root whose key begins so'
complete -c devbox -n "__devbox_is 'box reset'" -l old -d 'Those on other trees than the profile has now'
complete -c devbox -n "__devbox_is 'box reset'" -l yes -d 'Do not ask'
complete -c devbox -n "__devbox_is 'box commit'" -l as -x -d 'What image ls calls it'
complete -c devbox -n "__devbox_is 'box commit'" -l reset -d 'Throw away the root that it was made of'
complete -c devbox -n "__devbox_is 'profile '" -a ls -d 'The profiles that have names'
complete -c devbox -n "__devbox_is 'profile '" -a show -d 'A profile with its bases, and what it asks beyond its project'
complete -c devbox -n "__devbox_is 'profile '" -a schema -d 'The JSON Schema of the format, for editors'
complete -c devbox -n "__devbox_is 'profile '" -a trust -d "Allow what a project's profile asks beyond its project"
complete -c devbox -n "__devbox_is 'profile '" -a untrust -d 'Take that back'

complete -c devbox -n __devbox_wants_profile -s p -l profile -x -a '(__devbox_profiles)' -d 'A name, or a path'
complete -c devbox -n __devbox_wants_profile -a '(__devbox_profiles)'
complete -c devbox -n '__devbox_is shims editor shellenv' -s p -l profile -x -a '(__devbox_profiles)' -d 'A name, or a path'
complete -c devbox -n '__devbox_is shims' -l dir -x -a '(__fish_complete_directories)' -d 'Write them to this directory'
complete -c devbox -n '__devbox_is editor' -a 'vscode neovim helix zed emacs direnv'
complete -c devbox -n '__devbox_is editor' -l write -d "Merge them into the project's file"
complete -c devbox -n '__devbox_is editor' -l dry-run -d 'Show what --write would change, as a diff'
complete -c devbox -n '__devbox_is shellenv' -l shell -x -a 'bash zsh fish' -d 'Whose words they are'
complete -c devbox -n '__devbox_is run' -l lsp -d "The command is an editor's language server"
complete -c devbox -n '__devbox_is init' -a host -d "This host's own programs"
complete -c devbox -n '__devbox_is init' -a debian -d 'Debian with a C++ toolchain, pinned by devbox lock'
complete -c devbox -n '__devbox_is init' -a image -d 'An image of a registry, pinned by devbox lock'
complete -c devbox -n '__devbox_is init' -a rootfs -d 'An unpacked root filesystem'

set -l box '__devbox_is enter run plan'
set -l command '__devbox_is enter run plan exec'
set -l limited '__devbox_is enter run plan build'
complete -c devbox -n $command -l cwd -x -a '(__fish_complete_directories)' -d 'Start in this directory of the box'
complete -c devbox -n $command -l env -x -a '(set -nx | string replace -r \$ =)' -d 'Set a variable: NAME=value'
complete -c devbox -n $box -l bind -r -F -d 'Show a path of the host: SOURCE:TARGET, or SOURCE:TARGET:ro'
complete -c devbox -n $box -l network -x -a 'host none' -d 'host, or none for loopback alone'
complete -c devbox -n $box -l map -x -a 'auto self root subids' -d 'The ids inside'
complete -c devbox -n $box -l root -x -a '(__devbox_roots)' -d 'Another root filesystem'
complete -c devbox -n $command -l pass-fd -x -d 'Let an open descriptor through to the command'
complete -c devbox -n $limited -l trust -d "Allow, this once, what a project's profile asks beyond its project"
set -l changeable '__devbox_is enter run plan build limit'
complete -c devbox -n $changeable -l memory -x -a '512MiB 1GiB 2GiB 4GiB 8GiB' -d 'The most memory'
complete -c devbox -n $changeable -l memory-high -x -a '512MiB 1GiB 2GiB 4GiB 8GiB' -d 'The memory above which it is slowed down'
complete -c devbox -n $changeable -l swap -x -a '0 1GiB 2GiB' -d 'The most swap'
complete -c devbox -n $changeable -l cpus -x -d 'The time of how many processors'
complete -c devbox -n $changeable -l cpu-weight -x -a '10 50 100 200 1000' -d 'The share of busy processors'
complete -c devbox -n $changeable -l cpuset -x -d 'The processors that it runs on: 0-3,8'
complete -c devbox -n $changeable -l pids -x -a '100 1000 4096' -d 'The most processes and threads'
complete -c devbox -n $changeable -l io -r -F -d 'How much of a disk: PATH:read=RATE,write=RATE'
complete -c devbox -n $changeable -l io-weight -x -a '10 50 100 200 1000' -d 'The share of busy disks'
complete -c devbox -n $limited -l oom-group -d 'Where memory is out, end all of the box and not one process'
complete -c devbox -n $limited -l rlimit -x -d 'A limit of each process: nofile=1024:4096'
complete -c devbox -n $limited -l nice -x -d 'How little it presses for the processor'
complete -c devbox -n $limited -l oom-score-adj -x -d 'How soon the kernel ends it where memory is out'
complete -c devbox -n $limited -l cgroup -x -a 'read-only delegated' -d 'Its own control group, inside'
complete -c devbox -n $limited -l limits-required -d 'Refuse a start that cannot have all its limits'
complete -c devbox -n '__devbox_is exec stop' -a '(__devbox_running)' -d 'A box that runs'
complete -c devbox -n '__devbox_is ps' -l quiet -d 'The ids alone'
complete -c devbox -n '__devbox_is stop' -l all -d 'All boxes of yours'
complete -c devbox -n '__devbox_is stop' -l time -x -a '1 10 60' -d 'Kill what has not ended after so many seconds'
complete -c devbox -n '__devbox_is stats limit' -a '(__devbox_boxes)' -d 'A box that runs'
complete -c devbox -n '__devbox_is stats' -l once -d 'One table, after half a second'
complete -c devbox -n '__devbox_is limit' -l force -d 'Also less memory than it uses now'
set -l start '__devbox_is enter run'
complete -c devbox -n $start -l new -d 'A box of its own, also where one of the same runs'
complete -c devbox -n $start -l keep -d 'The box stays until it is stopped'
complete -c devbox -n $start -l stats -d 'Say at the end what the box has used'
complete -c devbox -n $start -l timings -d 'Say where the start spent its time'
complete -c devbox -n $start -l verbose -d 'Say each step of the start'
complete -c devbox -n '__devbox_is build' -l verbose -d 'What the tasks say, as they say it'
complete -c devbox -n '__devbox_is run' -l task -x -a '(__devbox_tasks)' -d 'A task of the profile'
complete -c devbox -n '__devbox_is build' -a '(__devbox_tasks)' -d 'A task of the profile'
complete -c devbox -n '__devbox_is build' -s p -l profile -x -a '(__devbox_profiles)' -d 'A name, or a path'
complete -c devbox -n '__devbox_is build' -l check -d 'Build twice, or =N times, in varied surroundings, and compare'
complete -c devbox -n '__devbox_is build' -l vary -x -a '(__devbox_variations)' -d 'Vary only this'
complete -c devbox -n '__devbox_is build' -l no-vary -x -a '(__devbox_variations)' -d 'Do not vary this'
complete -c devbox -n '__devbox_is build' -l record -r -F -d 'Write what went in and what came out to a file'
complete -c devbox -n '__devbox_is build' -l verify -r -F -d 'Build again what a file records, and compare'
complete -c devbox -n "__devbox_is plan build tasks outdated ps stats doctor 'image ls' 'image rm' 'image verify' 'image du' 'image gc' 'box diff' 'box ls' 'profile ls' 'profile show'" -l json -d 'As JSON'
complete -c devbox -n '__devbox_is lock' -l update -d 'Pin what there is now, and say what has moved'
complete -c devbox -n '__devbox_is enter run plan lock pull' -l locked -d 'Refuse an image that is not pinned as the profile asks'
complete -c devbox -n '__devbox_is build lock pull' -l quiet -d 'Say nothing of how far it is'
complete -c devbox -n '__devbox_is outdated' -l exit-code -d 'Status 1 where something has moved'
complete -c devbox -n '__devbox_is doctor' -l fix-script -d 'The commands of the fixes, as a script for sh'

complete -c devbox -n __devbox_has_command -x -a '(__devbox_command)'
