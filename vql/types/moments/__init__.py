"""Dates, times, moments and spans of time. Counting days is `vql.calendar`'s.

Start at `vql.types.moments.moments`.
"""
