"""PostgreSQL's catalog over our tables: pg_catalog and information_schema as relations of DuckDB.

Start at `vql.executor.bridge.catalog.catalog`.
"""
