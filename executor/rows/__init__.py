"""Rows as data: what an execution reads, values computed over columns, masks kept, projection.

Start at `context` (what one execution carries), then `evaluate`, `selection` and `project`.
"""
