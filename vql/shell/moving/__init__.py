"""Commands that copy whole databases: `vql backup`, `vql restore`, `vql dump`, `vql load`, `vql upgrade`.

Start at `backup`; one file a command. They know of `vql.session.copies`, and `vql.shell.main` of them.
"""
