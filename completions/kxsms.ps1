# Completion of kxsms for PowerShell.

Register-ArgumentCompleter -Native -CommandName kxsms -ScriptBlock {
    param($word, $commandAst, $cursor)
    $before = $commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | Select-Object -Skip 1
    $env:_KXSMS_COMPLETE = ":$word"
    try {
        kxsms @($before | ForEach-Object { "$_" }) 2>$null | ForEach-Object {
            if ($_ -eq ":files") {
                Get-ChildItem -Name "$word*" | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            else {
                $value, $help = $_ -split "`t", 2
                if (-not $help) { $help = $value }
                [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
            }
        }
    }
    finally {
        Remove-Item Env:_KXSMS_COMPLETE
    }
}
