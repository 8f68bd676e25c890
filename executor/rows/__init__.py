"""Which rows, and rows as data: predicates to masks, masks kept, scalar index scans, projection.

Start at `context` (what one execution carries), then `filter` and `evaluate`, `selection` and `project`.
"""
