"""Statements of a session: prepared, kept and run; cursors, COPY, EXPLAIN.

Start at `vql.session.statements.prepare`.
"""
