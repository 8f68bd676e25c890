"""The `vql` command: a prompt for people, `-c` and pipes for scripts, and the commands serve and check.

May import session, dbapi, server, language and the vocabulary. Start at `main`: it reads the
command line; `statements` runs what was typed, `commands` is everything with a backslash, `table`
draws, `prompt` and `completion` are what only a terminal sees.
"""
