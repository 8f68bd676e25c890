"""Utility statements, as PostgreSQL calls what neither reads nor changes rows: SET, SHOW, EXPLAIN, DO, VACUUM
and REINDEX. It may import what `vql.session.statements` may, and the files beside its room.

Start at `configuration`.
"""
