# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cowork_calls_global_optspecs
    string join \n config= system json q/quiet y/yes no-input color= dry-run h/help V/version
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

complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "stun" -d 'The STUN servers, which tell clients their public address'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "turn" -d 'The TURN servers, which relay when no direct connection works'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "reactions" -d 'The reactions that participants may send'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "policy" -d 'Which connections clients may use: all, or only TURN relays'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "show" -d 'All settings in effect, and where each comes from'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "config" -d 'The settings file itself'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "probe" -d 'Ask servers live whether they work, and say what is wrong'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "nat" -d 'Find out what this network\'s NAT does, and what calls need'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "serve" -d 'Serve the Web API for clients, and a connection test page'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "setup" -d 'Set all up step by step: servers, reactions, policy'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "man" -d 'Write the manual into a folder, a page for each command'
complete -c cowork-calls -n "__fish_cowork_calls_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -f -a "list" -d 'List the STUN servers in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -f -a "add" -d 'Add STUN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -f -a "remove" -d 'Remove STUN servers; the defaults come back when none is left'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -f -a "set" -d 'Make these the STUN servers, instead of all others'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -f -a "move" -d 'Move a STUN server to another position'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -f -a "clear" -d 'Drop the configured STUN servers; the defaults come back'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and not __fish_seen_subcommand_from list add remove set move clear examples" -f -a "examples" -d 'List public STUN servers of European operators'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l at -d 'Put them at this position, counted from 1' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l first -d 'Put them first'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from move" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from clear" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand stun; and __fish_seen_subcommand_from examples" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -f -a "list" -d 'List the TURN servers in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -f -a "add" -d 'Add TURN servers, all with the same credentials'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -f -a "edit" -d 'Change the address or the credentials of a TURN server'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -f -a "remove" -d 'Remove TURN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -f -a "set" -d 'Make the servers in a TOML or JSON file the TURN servers, instead of all others'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -f -a "move" -d 'Move a TURN server to another position'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and not __fish_seen_subcommand_from list add edit remove set move clear" -f -a "clear" -d 'Drop all TURN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l show-secrets -d 'Show passwords and secrets instead of masking them'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l username -d 'The user name; with a secret what follows the time in the user name' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l password-file -d 'The file that holds the password' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l secret-file -d 'The file that holds the shared secret' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l password -d 'Refused: others could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l secret -d 'Refused: others could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l at -d 'Put them at this position, counted from 1' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l password-stdin -d 'Read the password from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l secret-stdin -d 'Read the shared secret for time-limited credentials from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l store -d 'Store what the file holds, instead of a reference to it'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l first -d 'Put them first'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l uri -d 'The new address' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l username -d 'The user name; with a secret what follows the time in the user name' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l password-file -d 'The file that holds the password' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l secret-file -d 'The file that holds the shared secret' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l password -d 'Refused: others could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l secret -d 'Refused: others could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l password-stdin -d 'Read the password from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l secret-stdin -d 'Read the shared secret for time-limited credentials from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l store -d 'Store what the file holds, instead of a reference to it'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l no-credentials -d 'Drop user name and credentials'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from edit" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from move" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand turn; and __fish_seen_subcommand_from clear" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -f -a "list" -d 'List the reactions in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -f -a "add" -d 'Add reactions'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -f -a "remove" -d 'Remove reactions; the defaults come back when none is left'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -f -a "set" -d 'Make these the reactions, instead of all others'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -f -a "move" -d 'Move a reaction to another position'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -f -a "clear" -d 'Drop the configured reactions; the defaults come back'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and not __fish_seen_subcommand_from list add remove set move clear check" -f -a "check" -d 'Say whether emojis are allowed as reactions; exit 1 when one is not'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l at -d 'Put them at this position, counted from 1' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l first -d 'Put them first'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from move" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from clear" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand reactions; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand policy" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand show" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "path" -d 'Print which file holds the settings'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "check" -d 'Check the settings file'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "edit" -d 'Edit the settings file in your editor: $VISUAL, else $EDITOR, else editor or vi'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "apply" -d 'Make the settings in a TOML or JSON file the settings in effect'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "export" -d 'Print the settings in effect, secrets included, for other programs'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "diff" -d 'Show how the settings in effect differ from those in a file'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "history" -d 'List the saved versions of the settings'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "undo" -d 'Go back to the version before, or to a version of the history'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and not __fish_seen_subcommand_from path check edit apply export diff history undo schema" -f -a "schema" -d 'Print the JSON Schema of the settings file, which editors check it with'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from path" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l strict -d 'Exit 1 on warnings too'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from edit" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from apply" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l format -d 'The form [default: toml, with --json json]' -r -f -a "toml\t'A settings file'
json\t'The same as JSON'
rtc\t'The RTCConfiguration that browsers take'
coturn\t'A fragment of turnserver.conf'
env\t'Variables for a shell'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l ttl -d 'How long credentials last that --format rtc makes from a shared secret [default: 1440m, which is a day]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from export" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from diff" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from history" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from undo" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand config; and __fish_seen_subcommand_from schema" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l input -d 'Ask the servers in a file, one address a line, or - for standard input; # begins a comment' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l interval -d 'How long a round of --watch takes, from start to start; at least 200ms' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l count -d 'How often to ask each, and how many datagrams go through a relay [default: 1, through a relay 10]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l timeout -d 'When to give up on a server: 300ms, 2s, 1m' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l transport -d 'How to ask stun: servers' -r -f -a "udp\t'UDP'
tcp\t'TCP'
tls\t'TLS over TCP'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l ca-file -d 'Trust the certificates in this file too (PEM)' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l geoip -d 'A database of countries (MaxMind DB) [default: those in /usr/share/GeoIP and /var/lib/GeoIP]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l ttl -d 'How long credentials last that are made from a shared secret [default: 1440m, which is a day]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l format -d 'How to print the verdicts; --json is short for --format json' -r -f -a "table\t'A table for people'
json\t'One JSON document'
jsonl\t'A JSON object a line: rows as they are measured, at the end the summary'
prometheus\t'Metrics, for the textfile collector of node_exporter'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l username -d 'The user name; with a secret what follows the time in the user name' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l password-file -d 'The file that holds the password' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l secret-file -d 'The file that holds the shared secret' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l password -d 'Refused: others could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l secret -d 'Refused: others could read it' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l stun -d 'Only the configured STUN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l turn -d 'Only the configured TURN servers'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l self-test -d 'Test this machine: ask servers of our own on it, without any network'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l watch -d 'Ask again and again, and show how each server is doing, until Ctrl-C'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s 4 -d 'Only over IPv4'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s 6 -d 'Only over IPv6'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l insecure -d 'Do not check certificates; what is wrong with them is still told'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l password-stdin -d 'Read the password from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l secret-stdin -d 'Read the shared secret for time-limited credentials from standard input'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand probe" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l timeout -d 'When to give up on each of the three steps: 300ms, 2s, 1m' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s 4 -d 'Only over IPv4'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s 6 -d 'Only over IPv6'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand nat" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l token-file -d 'Tokens of the users, one name:token per line; # begins a comment line' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l listen -d 'Address to listen on; port 0 means any free one' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l tls-cert -d 'Certificate chain of the server (PEM); reloaded when it changes' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l tls-key -d 'Private key of the certificate (PEM); reloaded when it changes' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l ttl -d 'How long credentials from a shared secret are valid [default: 1440m, which is a day]' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l max-listeners -d 'Maximum number of clients that listen to events' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l probe-interval -d 'Probe the configured servers this often and report the results in /metrics' -r
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l log-format -d 'Format of the log on standard error' -r -f -a "text\t'For people'
json\t'One JSON object per line'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand serve" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand setup" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand man" -s V -l version -d 'Print version'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l config -d 'The settings file [default: $COWORK_CALLS_CONFIG, else ~/.config/cowork-calls/config.toml]' -r -F
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l color -d 'When to colour the output' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l system -d 'Use the settings of the whole system, /etc/cowork-calls/config.toml'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l json -d 'Print JSON for scripts'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -s q -l quiet -d 'Print only what was asked for, and errors'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -s y -l yes -d 'Answer every confirmation with yes'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l no-input -d 'Never ask, as without a terminal'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -l dry-run -d 'Edits: say what would change, write nothing'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -s h -l help -d 'Print help'
complete -c cowork-calls -n "__fish_cowork_calls_using_subcommand completions" -s V -l version -d 'Print version'
