"""The bridge to DuckDB: what is not a search of one table, on our snapshot, over our columns as Arrow.

May import the other rooms of the executor. Start at `relational`; `typed` prints analysed queries in DuckDB's
dialect, `arrow` and `arrow_input` hand rows over and back, `catalog` makes pg_catalog.
"""
