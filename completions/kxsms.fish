# Completion of kxsms for fish.

function __kxsms_complete
    set --local words (commandline --tokenize --cut-at-cursor --current-process)
    set --local word (commandline --current-token --cut-at-cursor)
    set --local lines (env "_KXSMS_COMPLETE=:$word" $words[1] $words[2..] 2>/dev/null)
    if test "$lines" = ":files"
        set --local option (string match --regex -- '^--[^=]*=|' "$word")
        for path in (__fish_complete_path (string replace -- "$option" "" "$word"))
            echo "$option$path"
        end
    else
        printf '%s\n' $lines
    end
end

complete --command kxsms --no-files --keep-order --arguments '(__kxsms_complete)'
