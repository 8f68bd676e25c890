"""Analysed queries over few rows, a tuple at a time, by the functions that they name; the rest is DuckDB's.

Start at `program`, then `queries`, `sources` and `expressions`; `frame` says where columns stand.
"""
