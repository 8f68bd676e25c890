"""Exact scans of the rows that a mask lets through: distances, batches, and what tunes them.

Start at `vql.executor.knn.scans.exact`.
"""
