"""The shell's own commands, which start with a backslash.

Start at `registry.COMMANDS`, the whole list: what `\\?` prints, what is completed, what runs. `catalog` and
`describe` ask PostgreSQL's catalog, through the link as anybody could, so that they work on a server as well.
"""
