"""Statements of a session: prepared, kept and run; cursors, EXPLAIN.

Start at `vql.session.statements.prepare`.
"""
