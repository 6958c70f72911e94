complete --keep-order --exclusive --command cowork-calls --arguments "(COMPLETE=fish cowork-calls -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
