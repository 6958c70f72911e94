#compdef PROGRAM
# Asks PROGRAM what can be typed next: a candidate per line, with its description behind a tab, in the order to show.
_complete_FUNCTION() {
    local line value
    local -a values folders shown shown_folders
    local -i width=0
    for line in "${(@f)$(_CLAP_COMPLETE_INDEX=$((CURRENT - 1)) VARIABLE=zsh COMPLETER -- "${words[@]}" 2>/dev/null)}"; do
        value=${line%%$'\t'*}
        ((${#value} > width)) && width=${#value}
        if [[ $value == */ ]]; then
            folders+=("$value") shown_folders+=("$line")
        elif [[ -n $value ]]; then
            values+=("$value") shown+=("$line")
        fi
    done
    local -i i
    for ((i = 1; i <= $#shown; i++)); do
        [[ ${shown[i]} == *$'\t'* ]] && shown[i]="${(r:width:)values[i]}  -- ${shown[i]#*$'\t'}"
    done
    if (($#values + $#folders)); then
        # -V keeps the order, -l lists a candidate per line.
        (($#values)) && compadd -V candidates -l -d shown -a values
        (($#folders)) && compadd -V folders -S '' -d shown_folders -a folders
        return 0
    elif [[ $PREFIX == *[\~\$\\\'\"]* ]]; then
        # The program does not know the syntax of the shell.
        _files
    fi
}
if [[ $funcstack[1] == _PROGRAM ]]; then
    _complete_FUNCTION "$@"
else
    compdef _complete_FUNCTION PROGRAM
fi
