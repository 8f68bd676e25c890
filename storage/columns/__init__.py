"""Columns of values in memory and as stored buffers: `column`, and sparse vectors in `sparse_rows`."""
