"""Ranges of the types that have an order, and multiranges: sets of ranges. May import the other types.

Start with `vql.types.ranges.range`.
"""
