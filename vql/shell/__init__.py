"""The `vql` command: an interactive prompt, scripts, `vql serve`, `vql check`. Start at main."""
