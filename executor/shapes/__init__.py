"""Vector searches over all segments of a table: nearest, range, fusion, groups, pages, lateral joins.

Start at `nearest` and `merge`, then `searches`, which goes by the shape of a plan.
"""
