"""Parse analysis: the types PostgreSQL gives every part of a query, and what each operator and call means.

Start at `vql.language.analyze.queries`; the tree that comes out is `vql.language.analyze.tree`. Pure: it
asks a `Sources` for the columns of tables, and the registry `vql.functions` for everything else.
"""
