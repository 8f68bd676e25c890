"""INSERT, UPDATE and DELETE with names and types resolved: of tables, through views, beside other tables.

Start at `vql.language.bind.changes.changes`.
"""
