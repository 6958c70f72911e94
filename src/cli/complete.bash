# Asks PROGRAM what can be typed next. Bash ends words at ':' and '=' too, which addresses and options contain: split
# the line at spaces instead, and remove from each candidate what Bash takes for words before the last one.
_complete_FUNCTION() {
    local line=${COMP_LINE:0:COMP_POINT} words word last before
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    word=${words[${#words[@]} - 1]}
    last=${word##*["$COMP_WORDBREAKS"]}
    before=${word%"$last"}
    local IFS=$'\n'
    COMPREPLY=($(
        _CLAP_COMPLETE_INDEX=$((${#words[@]} - 1)) VARIABLE=bash COMPLETER -- "${words[@]}"
    ))
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
    # Names of files in the syntax of the shell, which PROGRAM does not know.
    [[ ${#COMPREPLY[@]} == 0 && $word == *[\~\$\\\'\"]* ]] && compopt -o default
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == */ ]] && compopt -o nospace
    return 0
}
complete -o bashdefault -o nosort -F _complete_FUNCTION PROGRAM
