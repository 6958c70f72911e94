# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cowork_calls_global_optspecs
    string join \n config= system json q/quiet y/yes no-input lock-timeout= color= dry-run h/help V/version
end

function __fish_cowork_calls_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_cowork_calls_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_cowork_calls_using_subcommand
    set -l cmd (__fish_cowork_calls_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "stun" -d 'Manage STUN servers, which show clients their public address'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "turn" -d 'Manage TURN servers, which relay when direct connections fail'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "reactions" -d 'Manage the reactions that participants may send'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "policy" -d 'Show or set which connections clients may use: all or relay'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "show" -d 'Show all settings in effect and where each comes from'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "config" -d 'Check, edit, apply, export and restore the settings file'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "probe" -d 'Test whether servers work, and show what is wrong'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "nat" -d 'Detect what this network\'s NAT does, and what calls need'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "serve" -d 'Serve the Web API for clients and a connection test page'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "setup" -d 'Set up servers, reactions and policy step by step'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "man" -d 'Write the manual, a page for each command'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "list" -d 'List the STUN servers in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "ls" -d 'List the STUN servers in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "add" -d 'Add STUN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "remove" -d 'Remove STUN servers; removing the last one restores the defaults'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "rm" -d 'Remove STUN servers; removing the last one restores the defaults'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "delete" -d 'Remove STUN servers; removing the last one restores the defaults'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "set" -d 'Replace all STUN servers with these'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "move" -d 'Move a STUN server to another position'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "clear" -d 'Remove all configured STUN servers and restore the defaults'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "restore" -d 'Remove all configured STUN servers and restore the defaults'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore examples" -f -a "examples" -d 'List public STUN servers run by European operators'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from ls" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l at -d 'Insert at this position, counted from 1, or move there' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l probe -d 'Probe the new servers first, and save only if they work'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l first -d 'Insert at the top, or move there'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from rm" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from delete" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l probe -d 'Probe the new servers first, and save only if they work'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from restore" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "list" -d 'List the TURN servers in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "ls" -d 'List the TURN servers in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "add" -d 'Add TURN servers, all with the same credentials'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "edit" -d 'Change the address or credentials of a TURN server'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "remove" -d 'Remove TURN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "rm" -d 'Remove TURN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "delete" -d 'Remove TURN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "set" -d 'Replace all TURN servers with those in a TOML or JSON file'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "move" -d 'Move a TURN server to another position'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "clear" -d 'Remove all TURN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list ls add edit remove rm delete set move clear restore" -f -a "restore" -d 'Remove all TURN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l show-secrets -d 'Show passwords and secrets instead of masking them'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -l show-secrets -d 'Show passwords and secrets instead of masking them'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from ls" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l username -d 'User name; with a shared secret, the part after the expiry time' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l password-file -d 'File that contains the password' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l secret-file -d 'File that contains the shared secret' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l password -d 'Rejected: other users could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l secret -d 'Rejected: other users could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l at -d 'Insert at this position, counted from 1, or move there' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l probe -d 'Probe the new servers first, and save only if they work'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l password-stdin -d 'Read the password from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l secret-stdin -d 'Read the shared secret for temporary credentials from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l store -d 'Store the contents of the file instead of its path'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l first -d 'Insert at the top, or move there'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l uri -d 'The new address' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l username -d 'User name; with a shared secret, the part after the expiry time' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l password-file -d 'File that contains the password' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l secret-file -d 'File that contains the shared secret' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l password -d 'Rejected: other users could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l secret -d 'Rejected: other users could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l probe -d 'Probe the new servers first, and save only if they work'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l password-stdin -d 'Read the password from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l secret-stdin -d 'Read the shared secret for temporary credentials from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l store -d 'Store the contents of the file instead of its path'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l no-credentials -d 'Remove the user name and the credentials'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from rm" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from delete" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l probe -d 'Probe the new servers first, and save only if they work'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from restore" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "list" -d 'List the reactions in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "ls" -d 'List the reactions in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "add" -d 'Add reactions'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "remove" -d 'Remove reactions; removing the last one restores the defaults'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "rm" -d 'Remove reactions; removing the last one restores the defaults'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "delete" -d 'Remove reactions; removing the last one restores the defaults'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "set" -d 'Replace all reactions with these'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "move" -d 'Move a reaction to another position'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "clear" -d 'Remove all configured reactions and restore the defaults'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "restore" -d 'Remove all configured reactions and restore the defaults'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list ls add remove rm delete set move clear restore check" -f -a "check" -d 'Check whether emojis are allowed as reactions; exit 1 if one is not'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from ls" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l at -d 'Insert at this position, counted from 1, or move there' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l first -d 'Insert at the top, or move there'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from rm" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from delete" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from restore" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "path" -d 'Print the path of the settings file'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "check" -d 'Check the settings file'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "edit" -d 'Edit the settings file in $VISUAL, $EDITOR, editor or vi'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "apply" -d 'Replace all settings with those in a TOML or JSON file'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "export" -d 'Print the settings in effect, including secrets, for other programs'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "diff" -d 'Show how the settings differ from those in a file or a saved version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "history" -d 'List the saved versions, show what one changed, or forget old ones'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "undo" -d 'Restore the previous version, or a version from the history'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "schema" -d 'Print the JSON Schema of the settings file, for editors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l strict -d 'Exit with 1 if there are warnings; notes are none'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l probe -d 'Probe the new servers first, and save only if they work'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l format -d 'Output format [default: toml; with --json, json]' -r -f -a "toml\t'Settings file'
json\t'Settings file as JSON'
rtc\t'RTCConfiguration for browsers'
coturn\t'Part of a turnserver.conf'
env\t'Shell variables'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l ttl -d 'How long credentials from a shared secret are valid in --format rtc [default: 8h]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l purge -d 'Remove all versions except the settings in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l input -d 'Probe the servers in a file, one address per line, or - for standard input; # begins a comment' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l interval -d 'Time from the start of one round of --watch to the next; at least 200ms' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l count -d 'Requests per server, and datagrams through each relay [default: 1 request, 10 datagrams]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l timeout -d 'Timeout for each server: 300ms, 2s, 1m' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l transport -d 'Transport for stun: servers' -r -f -a "udp\t'UDP'
tcp\t'TCP'
tls\t'TLS over TCP'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l ca-file -d 'Also trust the certificates in this file (PEM)' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l geoip -d 'Country database (MaxMind DB) [default: those in /usr/share/GeoIP and /var/lib/GeoIP]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l ttl -d 'How long credentials from a shared secret are valid [default: 8h]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l format -d 'Output format; --json is short for --format json' -r -f -a "table\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object per line: each row when it is measured, then the summary'
prometheus\t'Metrics for the textfile collector of node_exporter'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l username -d 'User name; with a shared secret, the part after the expiry time' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l password-file -d 'File that contains the password' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l secret-file -d 'File that contains the shared secret' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l password -d 'Rejected: other users could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l secret -d 'Rejected: other users could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l stun -d 'Probe only the configured STUN servers; positions are those of the STUN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l turn -d 'Probe only the configured TURN servers; positions are those of the TURN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l self-test -d 'Test this machine with built-in servers, without any network'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l watch -d 'Probe repeatedly until q or Ctrl-C, and show how each server is doing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s 4 -d 'Use only IPv4'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s 6 -d 'Use only IPv6'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l insecure -d 'Accept invalid certificates; what is wrong with them is still reported'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l password-stdin -d 'Read the password from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l secret-stdin -d 'Read the shared secret for temporary credentials from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l timeout -d 'Timeout for each of the three steps: 300ms, 2s, 1m' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s 4 -d 'Use only IPv4'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s 6 -d 'Use only IPv6'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l token-file -d 'Tokens of the users, one name:token per line; # begins a comment line' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l listen -d 'Address to listen on; port 0 means any free one' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l tls-cert -d 'Certificate chain of the server (PEM); reloaded when it changes' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l tls-key -d 'Private key of the certificate (PEM); reloaded when it changes' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l public-name -d 'Host name of this server for clients; requests for other names are rejected; can be repeated' -r -f -a "(__fish_print_hostnames)"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l ttl -d 'How long credentials from a shared secret are valid [default: 8h]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l max-listeners -d 'Maximum number of clients that listen to events' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l max-listeners-per-user -d 'Maximum number of clients that listen to events with the token of one user' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l reactions-per-second -d 'Maximum number of reactions of each user in a second; after a pause three times as many at once' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l max-connections-per-address -d 'Maximum number of connections from one address; loopback addresses and trusted proxies have no limit' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l trusted-proxy -d 'Proxy whose X-Forwarded-For header names the client; may be repeated' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l probe-interval -d 'Probe the configured servers this often and report the results in /metrics' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l log-format -d 'Format of the log on standard error' -r -f -a "text\t'For people'
json\t'One JSON object per line'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l hash-token -d 'Read a token from standard input, print its hash for the token file, and exit'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l hsts -d 'Make browsers use only HTTPS for this host, for two years (Strict-Transport-Security)'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l config -d 'Settings file [default: $COWORK_CALLS_CONFIG or ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l lock-timeout -d 'How long an edit waits for the lock of the settings [default: 30s]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l system -d 'Use the system-wide settings, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -s q -l quiet -d 'Print only results and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -s y -l yes -d 'Answer yes to every confirmation'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l no-input -d 'Never prompt, as if there were no terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l dry-run -d 'Show what an edit would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -s V -l version -d 'Print version'
