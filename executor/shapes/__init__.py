"""Vector searches over all segments of a table: nearest, range, fusion, groups, pages, lateral joins.

Start at `nearest`, then `searches`, which chooses among the shapes of a plan.
"""
