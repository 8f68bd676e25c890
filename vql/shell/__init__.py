"""The `vql` command: a prompt for people, `-c` and pipes for scripts, and the commands serve and check.

May import link, console, session, dbapi, server, language and the vocabulary. Start at `main`: it reads the
command line. `opening` finds the database, of which the rest knows a `vql.link.link.Link`. `statements`
runs what `scanner` finds in what was typed, `commands` is everything with a backslash, `screen` draws,
`prompt` and `completion` are what only a terminal sees.
"""
