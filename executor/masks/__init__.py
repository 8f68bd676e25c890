"""Which rows of a segment pass a condition: by scalar indexes, by its columns, by DuckDB.

Start at `vql.executor.masks.filter`.
"""
