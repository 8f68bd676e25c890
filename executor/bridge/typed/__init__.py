"""Analysed queries into DuckDB: every type known, every function chosen before DuckDB sees the text.

Start at `vql.executor.bridge.typed.queries`; `udf` runs in Python what DuckDB does not compute as PostgreSQL
does; how values get there and back their types say (`vql.types.forms.crossing`).
"""
