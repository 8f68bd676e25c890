"""Rows at fixed offsets: sealed in files, growing in memory, and the records that name them.

Start at `segment`, then `growing` (the delta), `records` and `manifest` (what main.mdb holds).
"""
