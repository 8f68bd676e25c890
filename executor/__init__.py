"""Plans to rows: masks, vector search, order, projection, changes and the bridge to DuckDB.

May import the vocabulary, plan nodes and storage. Start at `select`.
"""
