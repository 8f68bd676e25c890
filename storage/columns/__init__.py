"""Columns of values in memory and as stored buffers.

Start at `column`, then `ragged_rows`: vectors of any number of elements.
"""
