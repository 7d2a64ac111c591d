# Completion of kxsms for bash.

_kxsms_completion() {
    local line word=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            compopt -o default 2>/dev/null
        else
            COMPREPLY+=("${line%%$'\t'*}")
        fi
    done < <(_KXSMS_COMPLETE=":$word" "$1" "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
}

# bash 3 knows neither nosort nor compopt: there, files are offered wherever kxsms has nothing to offer.
complete -o nosort -F _kxsms_completion kxsms 2>/dev/null || complete -o default -F _kxsms_completion kxsms
