"""Columns of values in memory and as stored buffers.

Start at `column`, then `sparse_rows`: the values of sparse vectors.
"""
