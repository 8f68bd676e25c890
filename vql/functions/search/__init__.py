"""Families: tsvector, tsquery, how texts become them, and how well they meet.

What is computed is in `vql.fulltext`. May import what `vql.functions` may. Start at `vectors`.
"""
