"""Functions, operators, casts and aggregates as PostgreSQL defines them, one file a family.

A declaration says the signature as PostgreSQL's documentation writes it, and how the value is computed: in
Python, judged against PostgreSQL, and by DuckDB where DuckDB is exactly right for every input.
Start at `vql.functions.declare`. May import `vql.types` and what stands below it; nothing here knows of
sessions, tables or queries.
"""
