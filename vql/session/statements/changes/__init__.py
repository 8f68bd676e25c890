"""Statements that change rows, and what columns have that no value is given for.

Start at `vql.session.statements.changes.write`.
"""
