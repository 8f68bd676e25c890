"""CREATE and ALTER with names and types resolved: tables, their columns, constraints and indexes, and views.

Start at `vql.language.bind.definitions.tables`.
"""
